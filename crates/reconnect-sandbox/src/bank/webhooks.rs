//! Webhooks of a session, from the request for one to the last attempt. The server sends them.

use super::data::webhook_body;
use super::state::Bank;
use crate::id::fold;
use crate::webhook::{Delivery, Webhook, WebhookRefused};

impl Bank {
    /// Queues the webhook of an authorized session, which may have ended, and returns the webhook's number. Its body is
    /// built now. Without a key it is sent unsigned, as from an instance without HMAC:
    /// <https://docs.flinks.com/guides/webhooks/hmac-validation>.
    ///
    /// # Errors
    /// [`WebhookRefused`]: nothing was queued.
    ///
    /// ```
    /// use reconnect_sandbox::{Bank, Request, Settings};
    ///
    /// let mut bank = Bank::new(Settings::default());
    /// let login = bank.connect(0, "greatday_nomfa", "en");
    /// let live = format!(r#"{{"LoginId":"{login}","MostRecentCached":false,"Save":true}}"#);
    /// let path = "/v3/43387ca6-0391-4c82-857d-70d95f087ecb/BankingServices/Authorize";
    /// let reply = bank.handle(0, &Request::post(path, live)).json();
    ///
    /// let request_id = reply["RequestId"].as_str().unwrap_or_default();
    /// let number = bank.webhook(0, "http://127.0.0.1:8080/hook", request_id, Some("key"))?;
    /// let delivery = bank.webhook_due(0).expect("the first attempt is due at once");
    /// bank.webhook_answered(number, Some(503));
    /// assert_eq!(bank.next_webhook_at(), Some(30 * 60_000));
    /// # Ok::<(), reconnect_sandbox::WebhookRefused>(())
    /// ```
    pub fn webhook(&mut self, now: u64, url: &str, request_id: &str, key: Option<&str>) -> Result<u64, WebhookRefused> {
        let session = self.sessions.get(&fold(request_id)).ok_or(WebhookRefused::Unknown)?;
        let login = self.logins.get(&session.login_id).filter(|_| !session.waits_for_mfa());
        let body = webhook_body(self.settings.seed, login.ok_or(WebhookRefused::NotAuthorized)?, session);
        let request_id = session.request_id.clone();
        self.webhooks.push(now, url, request_id, body, key)
    }

    /// Takes an attempt that is due. The caller reports its outcome with [`Bank::webhook_answered`]; until then the same
    /// webhook has no other attempt.
    pub fn webhook_due(&mut self, now: u64) -> Option<Delivery> {
        self.webhooks.take_due(now)
    }

    /// Reports how an attempt from [`Bank::webhook_due`] ended: with the receiver's status, or without an answer.
    pub fn webhook_answered(&mut self, number: u64, status: Option<u16>) {
        self.webhooks.answered(number, status);
    }

    /// When the next attempt is due.
    pub fn next_webhook_at(&self) -> Option<u64> {
        self.webhooks.next_at()
    }

    /// Every webhook, the oldest first.
    pub fn webhooks(&self) -> &[Webhook] {
        self.webhooks.all()
    }
}
