//! `cargo run -p axum-app -- ADDRESS LOGIN_ID`: the app, with `reconnect sandbox` at ADDRESS in place of Flinks.

use axum_app::{App, Table, job, routes};
use reconnect_async::{Client, Instance, Keys, LoginId};

#[tokio::main]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(address), Some(login)) = (args.next(), args.next()) else {
        return Err("usage: axum-app ADDRESS LOGIN_ID, as `reconnect sandbox` prints them".into());
    };
    // In production: Instance::named("yourname", "your-customer-id"), and keys from where you keep secrets.
    let instance = Instance::at(&address, &address, "43387ca6-0391-4c82-857d-70d95f087ecb")?;
    let keys = Keys { secret: Some("sandbox-secret".into()), api: Some("sandbox-api-key".into()) };
    let app = App { client: Client::new(instance, keys)?, table: Table::default(), login: LoginId::new(&login)? };

    tokio::spawn(job(app.clone()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    eprintln!("open http://{}", listener.local_addr()?);
    axum::serve(listener, routes(app)).await?;
    Ok(())
}
