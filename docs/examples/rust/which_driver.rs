//! The samples of docs/guide/which-driver.md.

mod with_tokio {
    use reconnect_async::{Client, Event, Instance, Keys, LoginId};

    async fn refresh(instance: Instance, keys: Keys, login: &str) -> Result<(), Box<dyn std::error::Error>> {
        let client = Client::new(instance, keys)?;
        let done = client.refresh(LoginId::new(login)?).run(|_prompt, _url| async { Event::Tick }).await?;
        println!("{} accounts", done.accounts.len());
        Ok(())
    }

    #[tokio::test]
    async fn it_ends_in_accounts() -> crate::Result {
        let stage = crate::stage::Stage::new("greatday_nomfa")?;
        refresh(stage.instance.clone(), crate::stage::keys(), stage.login.as_str()).await
    }
}

mod with_threads {
    use reconnect_blocking::{Client, Event, Instance, Keys, LoginId};

    fn refresh(instance: Instance, keys: Keys, login: &str) -> Result<(), Box<dyn std::error::Error>> {
        let client = Client::new(instance, keys)?;
        let done = client.refresh(LoginId::new(login)?).run(|_prompt, _url| Event::Tick)?;
        println!("{} accounts", done.accounts.len());
        Ok(())
    }

    #[test]
    fn it_ends_in_accounts() -> crate::Result {
        let stage = crate::stage::Stage::new("greatday_nomfa")?;
        refresh(stage.instance.clone(), crate::stage::keys(), stage.login.as_str())
    }
}

mod with_a_proxy {
    use reconnect_blocking::{Client, Http, Instance, Keys, Proxy};

    fn behind_a_proxy(keys: Keys) -> Result<Client, Box<dyn std::error::Error>> {
        let http = Http::builder().proxy(Proxy::at("http://user:password@proxy.example:3128")?).build()?;
        Ok(Client::with_transport(Instance::named("yourname", "your-customer-id")?, keys, http))
    }

    #[test]
    fn a_client_is_made() {
        assert!(behind_a_proxy(Keys::default()).is_ok());
    }
}

mod with_a_transport {
    use reconnect_blocking::{Client, Fault, Instance, Keys, LoginId, Rendered, Reply, Stepped};

    /// Sends `request.method`, `url`, `headers` and `text()`, obeys `limit()` and `max_body`, and follows no redirect.
    fn exchange(_request: Rendered) -> Result<Reply, Fault> {
        Err(Fault::NOT_SENT) // no connection could be made, so no byte was sent
    }

    fn try_once(keys: Keys) -> Result<Stepped, Box<dyn std::error::Error>> {
        let client = Client::with_transport(Instance::named("yourname", "your-customer-id")?, keys, exchange);
        let mut session = client.refresh(LoginId::new("5e115eac")?).session();
        Ok(client.step(&mut session, &())?) // Stepped::Wait: it tries again in half a second
    }

    #[test]
    fn it_waits_for_the_network() {
        assert!(matches!(try_once(Keys::default()), Ok(Stepped::Wait { .. })));
    }
}

mod without_io {
    use reconnect_core::{Fault, Instance, Keys, RenderError, Session, Timestamp, Work};

    fn one_step(session: &mut Session, now: Timestamp, instance: &Instance, keys: &Keys) -> Result<(), RenderError> {
        match session.poll_rendered(now, instance, keys)? {
            Work::Send(request) => {
                // Store session.snapshot() first. Then send the request, and tell the session what came back.
                session.receive(now, request.id, Err(Fault::NOT_SENT));
            }
            Work::Wait { until } => println!("ask again at {until:?}"),
            Work::Pause(pause) => println!("the user's turn, or the end: {pause:?}"),
        }
        Ok(())
    }

    use reconnect_core::{Action, Known, Policy, Selection};

    #[test]
    fn a_step_of_a_new_session() -> crate::Result {
        let stage = crate::stage::Stage::new("greatday_nomfa")?;
        let (now, known) = (stage.client.now(), Known::at(&stage.instance));
        let mut session = Session::refresh(stage.login.clone(), known, Selection::all(), Policy::default(), now);
        one_step(&mut session, now, &stage.instance, &crate::stage::keys())?;
        assert!(matches!(session.poll(now), Action::Wait { .. }));
        Ok(())
    }
}
