//! A listener to which nobody is to come, and which would notice.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use crate::support::app::eventually;

/// Takes every connection, counts it and hangs up.
pub(super) struct Canary {
    address: SocketAddr,
    came: Arc<AtomicUsize>,
    server: JoinHandle<()>,
}

impl Drop for Canary {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Canary {
    /// A canary on every address of this machine, in both families.
    pub(super) async fn everywhere() -> Self {
        Self::at((Ipv6Addr::UNSPECIFIED, 0)).await
    }

    pub(super) async fn at(address: impl Into<SocketAddr>) -> Self {
        let listener = TcpListener::bind(address.into()).await.unwrap();
        let address = listener.local_addr().unwrap();
        let came = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&came);
        let server = tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self {
            address,
            came,
            server,
        }
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(super) fn came(&self) -> usize {
        self.came.load(Ordering::SeqCst)
    }

    /// Insists that nobody came before, by coming from each of these addresses: connections are
    /// taken in their order, so whoever came before would be counted by then.
    pub(super) async fn met_nobody_before(&self, addresses: &[IpAddr]) {
        for (before, address) in addresses.iter().enumerate() {
            TcpStream::connect((*address, self.port())).await.unwrap();
            eventually("the canary notices", async || {
                (self.came() > before).then_some(())
            })
            .await;
        }
        assert_eq!(self.came(), addresses.len(), "somebody came before");
    }
}

/// Addresses of this machine at which a canary that is everywhere has to be met.
pub(super) fn ours() -> [IpAddr; 4] {
    [
        Ipv4Addr::LOCALHOST.into(),
        Ipv4Addr::new(127, 1, 2, 3).into(),
        Ipv6Addr::LOCALHOST.into(),
        own(),
    ]
}

/// The address by which this machine's neighbours know it. Where that is a public one, which anybody
/// may be sent to, and where there is none, another one of loopback stands in.
pub(super) fn own() -> IpAddr {
    let stand_in = IpAddr::from([127, 0, 0, 2]);
    // Nothing is sent: this only asks which address would be sent from.
    let asked = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|socket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    });
    match asked.map(|it| it.ip()) {
        Ok(IpAddr::V4(it)) if it.is_private() || it.is_documentation() => it.into(),
        _ => stand_in,
    }
}
