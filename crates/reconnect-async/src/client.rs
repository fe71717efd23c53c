//! `Client` and `Run`: the loop, and the ways to begin one.

use crate::{Clock, Http, SessionRow, SystemClock, Transport};
use reconnect_calls::{CallError, Endpoint, generate_authorize_token::GenerateAuthorizeToken};
use reconnect_core::connect::WidgetUrl;
use reconnect_core::drive::{self, Next, NoDebug, Plan};
use reconnect_core::{Done, DriveError, Event, Failure, Instance, Keys, Known, LoginId, StoredSession};
use reconnect_core::{Pause, Policy, Prompt, RenderError, RequestId, Selection, Stepped, Stopped, Timestamp};
use std::sync::Arc;

/// Drives sessions: it sends what they say, tells them what came back, and decides nothing.
///
/// It is cheap to clone and has no type parameters. Nothing in its `Debug` is secret.
///
/// ```
/// use reconnect_async::{Client, Instance, Keys};
///
/// let instance = Instance::named("toolbox", "43387ca6-0391-4c82-857d-70d95f087ecb")?;
/// let keys = Keys { secret: Some("secret-key".into()), api: Some("api-key".into()) };
/// let client = Client::new(instance, keys)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client {
    instance: Instance,
    keys: Keys,
    transport: NoDebug<Arc<dyn Transport>>,
    clock: NoDebug<Arc<dyn Clock>>,
}

impl Client {
    /// A client over [`Http`].
    ///
    /// # Errors
    /// [`DriveError::Render`] if a key cannot be one, and [`DriveError::Http`] if the HTTP client cannot be set up.
    pub fn new(instance: Instance, keys: Keys) -> Result<Self, DriveError> {
        keys.check().map_err(RenderError::from)?;
        Ok(Self::with_transport(instance, keys, Http::new()?))
    }

    /// A client over an HTTP client of yours, or over a closure.
    ///
    /// ```
    /// use reconnect_async::{Client, Fault, Instance, Keys};
    ///
    /// let offline = |_| async { Err(Fault::NOT_SENT) };
    /// let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), offline);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_transport(instance: Instance, keys: Keys, transport: impl Transport + 'static) -> Self {
        Self { instance, keys, transport: NoDebug(Arc::new(transport)), clock: NoDebug(Arc::new(SystemClock)) }
    }

    /// The same client by another clock, such as a test's.
    ///
    /// ```
    /// use reconnect_async::{Client, Clock, Fault, Instance, Keys, Timestamp, async_trait};
    ///
    /// struct Noon;
    /// #[async_trait]
    /// impl Clock for Noon {
    ///     fn now(&self) -> Timestamp {
    ///         Timestamp::from_millis(1_780_056_000_000)
    ///     }
    ///     async fn sleep_until(&self, _: Timestamp) {}
    /// }
    /// # let offline = |_| async { Err(Fault::NOT_SENT) };
    /// # let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), offline);
    /// let client = client.with_clock(Noon);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_clock(self, clock: impl Clock + 'static) -> Self {
        Self { clock: NoDebug(Arc::new(clock)), ..self }
    }
    /// A live refresh of a stored connection. See [`Run`].
    pub fn refresh(&self, login: LoginId) -> Run<'_> {
        Run { client: self, plan: Plan::refresh(login), store: NoDebug(&()) }
    }

    /// An interrupted session goes on. See [`Run`].
    pub fn resume(&self, request: RequestId) -> Run<'_> {
        Run { client: self, plan: Plan::resume(request), store: NoDebug(&()) }
    }

    /// The session that a store has; `None` where it has none.
    ///
    /// # Errors
    /// [`DriveError::Store`] and [`DriveError::Restore`].
    ///
    /// ```
    /// # use reconnect_async::{Client, Fault, Instance, Keys};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let offline = |_| async { Err(Fault::NOT_SENT) };
    /// # let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), offline);
    /// assert!(client.load(&()).await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn load(&self, store: &dyn SessionRow) -> Result<Option<StoredSession>, DriveError> {
        Ok(store.load().await?.map(StoredSession::restore).transpose()?)
    }
    /// Drives until somebody has to act or the session is over. It sleeps between polls, for up to half an hour.
    ///
    /// Every request is kept before it is sent. Dropping the future is safe: an exchange that is under way is told as
    /// lost, and what can reach the bank is not sent again.
    ///
    /// # Errors
    /// [`DriveError`]; the service's trouble is never one.
    ///
    /// ```
    /// use reconnect_async::{Client, Fault, Instance, Keys, LoginId, Pause, Policy};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let offline = |_| async { Err(Fault::NOT_SENT) };
    /// # let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), offline);
    /// # let mut policy = Policy::default();
    /// # policy.tries = 1;
    ///
    /// let mut session = client.refresh(LoginId::new("5e115eac")?).policy(policy).session();
    /// match client.advance(&mut session, &()).await? {
    ///     Pause::Ask(prompt) => println!("show {}", prompt.connect_url(client.instance()).expose()),
    ///     Pause::Done => println!("{:?}", session.outcome()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn advance(&self, session: &mut StoredSession, store: &dyn SessionRow) -> Result<Pause, DriveError> {
        loop {
            match self.step(session, store).await? {
                Stepped::Wait { until } => self.clock.sleep_until(until).await,
                Stepped::Pause(pause) => return Ok(pause),
            }
        }
    }

    /// Drives as [`advance`](Self::advance) does, but never sleeps: a web handler or a job queue parks the session in
    /// its store and steps again at `until`.
    ///
    /// # Errors
    /// [`DriveError`], as [`advance`](Self::advance).
    ///
    /// ```
    /// use reconnect_async::{Client, Fault, Instance, Keys, LoginId, Stepped};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let offline = |_| async { Err(Fault::NOT_SENT) };
    /// # let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), offline);
    ///
    /// let mut session = client.refresh(LoginId::new("5e115eac")?).session();
    /// let Stepped::Wait { until } = client.step(&mut session, &()).await? else { panic!("there is no network") };
    /// assert!(until > client.now());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn step(&self, session: &mut StoredSession, store: &dyn SessionRow) -> Result<Stepped, DriveError> {
        loop {
            session.belongs_to(&self.instance)?;
            let turn = session.turn(self.now(), &self.instance, &self.keys)?;
            if let Some(snapshot) = turn.snapshot() {
                let stored = match turn.accounts() {
                    Some(accounts) => store.finish(session.loaded(), snapshot, accounts).await,
                    None => store.swap(session.loaded(), snapshot).await,
                };
                if let Err(error) = stored {
                    error.is_conflict()?;
                    let row = store.load().await?;
                    session.reload(self.now(), row)?;
                    continue;
                }
            }
            let request = match session.take(turn) {
                Next::Send(request) => request,
                Next::Stop(step) => return Ok(step),
            };
            if let Some(under_way) = session.begin_exchange(request.id, || self.now()) {
                under_way.finish(self.transport.exchange(&request).await);
            }
        }
    }

    /// The URL of the ordinary Connect session that takes a failed one's place, good for one showing. Where no token
    /// could be minted it has none. What comes back from it belongs to no session: refuse a `loginId` that another user
    /// of yours owns.
    ///
    /// ```
    /// # use reconnect_async::{Client, Event, Fault, Instance, Keys, LoginId, Outcome};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let offline = |_| async { Err(Fault::NOT_SENT) };
    /// # let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), offline);
    /// # let mut session = client.refresh(LoginId::new("5e115eac")?).session();
    /// # session.tell(client.now(), Event::Cancelled)?;
    /// let Some(Outcome::Failed(failure)) = session.outcome() else { panic!("it was cancelled") };
    /// let url = client.start_over(failure).await;
    /// assert_eq!(url.expose(), "https://toolbox-iframe.private.fin.ag/");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn start_over(&self, failure: &Failure) -> WidgetUrl {
        let token = self.call(&GenerateAuthorizeToken).await.ok();
        drive::start_over(failure, &self.instance, token.as_ref())
    }

    /// Sends a call that is no step of a session, once, and reads its answer. See [`calls`](crate::calls) for the endpoints.
    ///
    /// # Errors
    /// [`CallError`]; its `advice` says what to do.
    ///
    /// ```
    /// use reconnect_async::{Client, Instance, Keys, Reply, calls::institutions::Institutions};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let service = |_| async {
    /// #     let body = br#"{"Data":[{"Id":14}],"Count":1}"#.to_vec();
    /// #     Ok(Reply { status: 200, body, ..Reply::default() })
    /// # };
    /// # let client = Client::with_transport(Instance::named("toolbox", "c")?, Keys::default(), service);
    /// let page = client.call(&Institutions::new().country("CA")).await?;
    /// assert_eq!(page.institutions[0].id, 14);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn call<E: Endpoint>(&self, endpoint: &E) -> Result<E::Answer, CallError> {
        let request = endpoint.draft().render(&self.instance, &self.keys)?;
        endpoint.read(&self.transport.exchange(&request).await?)
    }

    /// The instance that it talks to.
    pub fn instance(&self) -> &Instance {
        &self.instance
    }

    /// Its clock's time.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// A run that is about to begin: what to keep, what is known, and where the session is stored.
///
/// ```
/// # use reconnect_async::{Fault, Rendered, Reply};
/// # async fn service(request: Rendered) -> Result<Reply, Fault> {
/// #     let body = match request.url.rsplit('/').next() {
/// #         Some("GenerateAuthorizeToken") => r#"{"Token":"t-1"}"#,
/// #         Some("Authorize") => r#"{"RequestId":"r-1","Login":{"Id":"5e115eac"}}"#,
/// #         _ => r#"{"Accounts":[{"Id":"a-1"},{"Id":"a-2"}]}"#,
/// #     };
/// #     Ok(Reply { status: 200, body: body.into(), ..Reply::default() })
/// # }
/// use reconnect_async::{AccountId, Client, Event, Instance, Keys, LoginId, Selection};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
///
/// let keys = Keys { secret: Some("secret-key".into()), api: None };
/// let client = Client::with_transport(Instance::named("toolbox", "c")?, keys, service);
/// let done = client
///     .refresh(LoginId::new("5e115eac")?)
///     .keep(Selection::only([AccountId::new("a-1")?])?)
///     .run(|prompt, url| async move {
///         println!("until {:?}, the end user is asked at {}", prompt.deadline.at, url.expose());
///         Event::Tick
///     })
///     .await?;
/// assert_eq!(done.accounts[0].id.as_str(), "a-1");
/// assert_eq!(done.refreshed.left_out, 1);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before `run`"]
pub struct Run<'a> {
    client: &'a Client,
    plan: Plan,
    store: NoDebug<&'a dyn SessionRow>,
}

impl<'a> Run<'a> {
    /// Keeps these accounts only. Without it, all.
    pub fn keep(self, keep: Selection) -> Self {
        Self { plan: self.plan.keep(keep), ..self }
    }

    /// With what the caller happens to know.
    pub fn known(self, known: Known) -> Self {
        Self { plan: self.plan.known(known), ..self }
    }

    /// By another policy than the Reconnect page's.
    pub fn policy(self, policy: Policy) -> Self {
        Self { plan: self.plan.policy(policy), ..self }
    }

    /// Keeps the session in `store`, and goes on with the one that it has. A store is the row of **one** session.
    pub fn store(self, store: &'a dyn SessionRow) -> Self {
        Self { store: NoDebug(store), ..self }
    }

    /// The session, for [`Client::advance`] and [`Client::step`].
    #[must_use]
    pub fn session(self) -> StoredSession {
        self.plan.session(self.client.now(), &self.client.instance, &self.client.keys)
    }

    /// Drives the session to its end. Whenever the end user is asked, `ask` gets the prompt and a URL that is good for
    /// one showing of the widget, and says what came of it:
    ///
    /// - [`Event::Returned`]: the widget's last event, or the URL that it redirected to;
    /// - [`Event::Answered`]: answers from a form of yours (the policy has to allow it);
    /// - [`Event::Cancelled`]: the end user does not want to;
    /// - [`Event::Tick`]: not now. The run stops with [`Stopped::NotNow`], and the session waits.
    ///
    /// It is called again as long as the session asks, and should give up at the prompt's deadline.
    ///
    /// # Errors
    /// [`Stopped`] where it came to no accounts.
    pub async fn run<R>(self, mut ask: impl FnMut(Prompt, WidgetUrl) -> R) -> Result<Done, Stopped>
    where
        R: Future<Output = Event>,
    {
        let (client, store) = (self.client, self.store.0);
        let mut session = match store.load().await.map_err(DriveError::from)? {
            Some(row) => self.plan.restore(row, &client.instance)?,
            None => self.session(),
        };
        loop {
            client.advance(&mut session, store).await?;
            session.tell(client.now(), Event::Opened)?;
            if let Some(moment) = session.opens_again() {
                client.clock.sleep_until(moment).await;
                continue;
            }
            let Pause::Ask(prompt) = client.advance(&mut session, store).await? else { return session.done() };
            let url = prompt.connect_url(&client.instance);
            let event = ask(prompt, url).await;
            // Minutes have passed: what the user did counts from now, and not from when it began.
            session.after_prompt(client.now(), event)?;
        }
    }
}
