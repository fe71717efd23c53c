//! What every sample needs: a sandbox in place of Flinks, a client of it, and a stored connection.

use reconnect_blocking::{Client, Instance, Keys, LoginId};
use reconnect_sandbox::{Clock, Server, Settings, WidgetOutcome};

pub(crate) struct Stage {
    pub(crate) sandbox: Server,
    pub(crate) client: Client,
    pub(crate) instance: Instance,
    pub(crate) login: LoginId,
}

pub(crate) fn keys() -> Keys {
    Keys { secret: Some("sandbox-secret".into()), api: Some("sandbox-api-key".into()) }
}

impl Stage {
    /// With this user's connection, and data that is ready at once.
    pub(crate) fn new(user: &str) -> super::Result<Self> {
        let settings = Settings { pending_ms: 0, ..Settings::default() };
        let customer = settings.customer_id.clone();
        let sandbox = Server::start(settings, "127.0.0.1:0".parse()?, Clock::real())?;
        let login = sandbox.bank(|bank| bank.connect(0, user, "en"));
        let instance = Instance::at(&sandbox.url(), &sandbox.url(), &customer)?;
        let client = Client::new(instance.clone(), keys())?;
        Ok(Self { sandbox, client, instance, login: LoginId::new(&login)? })
    }

    /// The end user answers every question in the widget at this URL. Returns the last message that the widget posts.
    pub(crate) fn widget(&self, url: &str) -> String {
        let query = url.split_once('?').expect("the widget's URL has a query").1;
        let request = query.split('&').find_map(|pair| pair.strip_prefix("requestId=")).expect("it names the session");
        assert!(query.contains("authorizeToken="), "each showing has a token of its own");
        let known = [("city", "Montreal"), ("country", "Canada"), ("shape", "Triangle")];
        self.sandbox.bank(|bank| {
            loop {
                let prompt = bank.pending_prompts(request).remove(0);
                let answer = known.iter().find(|(word, _)| prompt.contains(word)).expect("a question of Greatday's").1;
                let answers = [(prompt, answer.to_owned())];
                let outcome = bank.answer_in_widget(Clock::real().now(), request, &answers);
                if let WidgetOutcome::Complete { event, .. } = outcome {
                    return event;
                }
            }
        })
    }

    /// How many text messages the user has had.
    pub(crate) fn texts(&self) -> usize {
        self.sandbox.bank(|bank| bank.challenges_sent(self.login.as_str()))
    }
}
