//! A bicycle that is offered or leased, and what is leased along with it.

use async_graphql::{Context, Object};

use super::{
    category::Category,
    offer::Offer,
    service_information::ServiceInformation,
    value::{Money, money},
};
use crate::{
    domain::offer,
    graphql::{
        caller::{Access, Ask, Scope},
        error::{ApiError, Maybe},
    },
};

/// What a product or accessory is part of. The categories of everything that was read together are
/// loaded together.
#[derive(Clone, Copy)]
pub(super) enum Whole<'a> {
    Offer(&'a Offer),
    Leased(&'a ServiceInformation),
}

impl<'a> Whole<'a> {
    async fn category(
        self,
        access: Access<'_>,
        code: &str,
    ) -> Result<Option<&'a Category>, ApiError> {
        match self {
            Self::Offer(offer) => offer.category(access, code).await,
            Self::Leased(information) => information.category(access, code).await,
        }
    }
}

pub(in crate::graphql) struct Product<'a> {
    pub(super) whole: Whole<'a>,
    pub(super) product: &'a offer::Product,
}

/// A bicycle that is offered or leased, as far as the provider describes it.
#[Object(serial)]
impl Product<'_> {
    /// Its category; `null` if we do not know the code. Needs the scope `categories:read`.
    async fn category(&self, ctx: &Context<'_>) -> Maybe<&Category> {
        category(ctx, self.whole, self.product.category_code.as_deref()).await
    }

    /// The code of its category in the provider's scheme, e.g. `010101`.
    fn category_code(&self) -> Option<&str> {
        self.product.category_code.as_deref()
    }

    /// The brand, e.g. `Kalkhoff`.
    fn brand_name(&self) -> Option<&str> {
        self.product.brand_name.as_deref()
    }

    /// The model, e.g. `Endeavour 5`.
    fn model_name(&self) -> Option<&str> {
        self.product.model_name.as_deref()
    }

    /// The model year, e.g. 2030.
    fn model_year(&self) -> Option<i32> {
        self.product.model_year
    }

    /// The colour, in the dealer's words.
    fn color(&self) -> Option<&str> {
        self.product.color.as_deref()
    }

    /// The frame size, in the dealer's words, e.g. `M` or `53 cm`.
    fn size(&self) -> Option<&str> {
        self.product.size.as_deref()
    }

    /// The number on the frame.
    fn frame_number(&self) -> Option<&str> {
        self.product.frame_number.as_deref()
    }

    /// Who made the electric drive, if it has one.
    fn drive_manufacturer(&self) -> Option<&str> {
        self.product.drive_manufacturer.as_deref()
    }

    /// What the battery holds, in watt-hours.
    fn battery_capacity_wh(&self) -> Option<i32> {
        self.product.battery_capacity_wh
    }

    /// What it is sold for.
    fn price(&self) -> Option<Money<'_>> {
        money(self.product.price.as_ref())
    }

    /// What the manufacturer suggests to sell it for.
    fn list_price(&self) -> Option<Money<'_>> {
        money(self.product.list_price.as_ref())
    }
}

pub(in crate::graphql) struct Accessory<'a> {
    pub(super) whole: Whole<'a>,
    pub(super) accessory: &'a offer::Accessory,
}

/// Something that is leased along with the bicycle, e.g. a lock.
#[Object(serial)]
impl Accessory<'_> {
    /// Its category; `null` if we do not know the code. Needs the scope `categories:read`.
    async fn category(&self, ctx: &Context<'_>) -> Maybe<&Category> {
        category(ctx, self.whole, self.accessory.category_code.as_deref()).await
    }

    /// The code of its category in the provider's scheme.
    fn category_code(&self) -> Option<&str> {
        self.accessory.category_code.as_deref()
    }

    /// The brand.
    fn brand_name(&self) -> Option<&str> {
        self.accessory.brand_name.as_deref()
    }

    /// The model.
    fn model_name(&self) -> Option<&str> {
        self.accessory.model_name.as_deref()
    }

    /// How many of it.
    fn quantity(&self) -> i32 {
        self.accessory.quantity
    }

    /// What one of it is sold for.
    fn price(&self) -> Option<Money<'_>> {
        money(self.accessory.price.as_ref())
    }

    /// What the manufacturer suggests to sell one of it for.
    fn list_price(&self) -> Option<Money<'_>> {
        money(self.accessory.list_price.as_ref())
    }
}

async fn category<'a>(
    ctx: &Context<'_>,
    whole: Whole<'a>,
    code: Option<&str>,
) -> Maybe<&'a Category> {
    let access = match ctx.access(Scope::CategoriesRead) {
        Ok(access) => access,
        Err(error) => return Some(Err(error)),
    };
    whole.category(access, code?).await.transpose()
}
