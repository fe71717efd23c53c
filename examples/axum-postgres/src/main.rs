//! The app at <http://127.0.0.1:3000>, with `reconnect sandbox` in place of Flinks. It takes three variables: ADDRESS
//! and LOGIN_ID, as the sandbox prints them, and DATABASE_URL.

use axum_postgres::{Balances, routes};
use reconnect_async::{Client, Instance, Keys, LoginId};
use reconnect_store::{BoxError, Driver, Sessions};

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let [address, login, url] = ["ADDRESS", "LOGIN_ID", "DATABASE_URL"].map(|name| std::env::var(name).expect(name));
    sqlx::raw_sql(include_str!("table.sql")).execute(&sqlx::PgPool::connect(&url).await?).await?;

    // In production: Instance::named("yourname", "your-customer-id"), and keys from where you keep secrets.
    let keys = Keys { secret: Some("sandbox-secret".into()), api: Some("sandbox-api-key".into()) };
    let client = Client::new(Instance::at(&address, &address, "43387ca6-0391-4c82-857d-70d95f087ecb")?, keys)?;
    let driver = Driver::new(client, Sessions::options(&url).sink(Balances).open().await?);

    // Goes on with each session whose time has come, on each of your servers.
    tokio::spawn(driver.clone().run());

    // In production also at the signal by which a process is asked to end, such as SIGTERM.
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    let listen = std::env::var("LISTEN").unwrap_or("127.0.0.1:3000".into());
    let listener = tokio::net::TcpListener::bind(listen).await?;
    axum::serve(listener, routes(driver.clone(), LoginId::new(&login)?)).with_graceful_shutdown(stop).await?;
    // Waits for each request to Flinks that is under way, and stores its reply.
    driver.close().await;
    Ok(())
}
