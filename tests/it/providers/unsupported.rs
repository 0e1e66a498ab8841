//! What a connector says it cannot do: it answers so, and does nothing else.

use leasegraph::{
    domain::capability::{
        EntityKind::{self, Category, Offer, Order, Vehicle},
        Operation::{self, Archive, Cancel, Create, DryRun, Get, History, List as ListAll, Update},
        Support,
    },
    providers::{Access, Cancellation, List, NewOffer, Provider, ProviderError, TransportSettings},
};

use super::{
    leasecloud::world::new_order,
    samples,
    stage::{self, Stage},
    subject::Subject,
    world::{self, empty_sandbox, range},
};

#[tokio::test]
async fn what_is_said_to_be_unsupported_is_and_nothing_else() {
    for subject in Subject::all() {
        let sandbox = empty_sandbox().await;
        let stage = stage::of(&subject, &sandbox);
        let registry = world::registry(TransportSettings::default());
        let provider = registry.get(subject.provider).unwrap();
        for it in provider.capabilities() {
            let asked = Asked {
                provider,
                stage: &*stage,
                access: &stage.access(),
            };
            let Some(answer) = asked.to(it.entity, it.operation).await else {
                assert_ne!(it.support, Support::Native, "nothing asks for {it:?}");
                continue;
            };
            let unsupported = matches!(answer, Err(ProviderError::Unsupported(_)));
            let claimed = it.support == Support::Native;
            assert_eq!(unsupported, !claimed, "{}: {it:?}", subject.name());
        }
    }
}

/// A connector that is asked for something, with an id that nothing has.
struct Asked<'a> {
    provider: &'a dyn Provider,
    stage: &'a dyn Stage,
    access: &'a Access,
}

impl Asked<'_> {
    /// Makes the call that an operation is done by; nothing if there is none.
    async fn to(
        &self,
        entity: EntityKind,
        operation: Operation,
    ) -> Option<Result<(), ProviderError>> {
        let (provider, access) = (self.provider, self.access);
        let scope = self.stage.scope();
        let list = List {
            entity,
            scope,
            changed_since: None,
            page: 1,
        };
        let id = self.stage.unknown_id();
        let record = (scope, id);
        Some(match (entity, operation) {
            (Category, ListAll) => provider.list_categories(access).await.map(drop),
            (Offer | Order | Vehicle, ListAll) => provider.list(access, list).await.map(drop),
            (Offer | Order | Vehicle, Get) => provider.get(access, entity, record).await.map(drop),
            (Offer, History) => {
                let past = provider.offer_history(access, id, range(1, 10));
                past.await.map(drop)
            }
            _ => return self.to_change(entity, operation).await,
        })
    }

    async fn to_change(
        &self,
        entity: EntityKind,
        operation: Operation,
    ) -> Option<Result<(), ProviderError>> {
        let (provider, access) = (self.provider, self.access);
        let (scope, id) = (self.stage.scope(), self.stage.unknown_id());
        let offer: NewOffer = samples::new_offer("A-1");
        Some(match (entity, operation) {
            (Offer, Create) => provider.create_offer(access, &offer).await.map(drop),
            (Offer, DryRun) => provider.dry_run_offer(access, &offer).await,
            (Offer, Update) => provider.update_offer(access, id, &offer.terms).await,
            (Offer, Cancel) => {
                let cancellation = Cancellation::default();
                provider.cancel_offer(access, id, cancellation).await
            }
            (Order, Create) => {
                let order = new_order("A-1");
                provider.create_order(access, &order).await.map(drop)
            }
            (Order, Update) => provider.update_order(access, id, "A-1").await,
            (Vehicle, Create) => provider.create_vehicles(access, scope, &[]).await.map(drop),
            (Vehicle, Update) => provider.update_vehicles(access, scope, &[]).await.map(drop),
            (Vehicle, Archive) => provider
                .archive_vehicles(access, scope, &[])
                .await
                .map(drop),
            _ => return None,
        })
    }
}
