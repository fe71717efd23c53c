//! The pages of a session: how far it is, the widget, and how it ended.

use crate::language::Language;
use crate::pages::{EVERY, Page, span};
use core::time::Duration;
use maud::{Markup, html};
use reconnect_async::{Advice, Failure, Reason, Recovery, Timestamp};
use reconnect_store::{Found, Key};

/// What a session's page shows.
pub(crate) enum Shown {
    /// The bank is asked, or the data is on its way.
    Working {
        /// When the button can be pressed again, if the bank was asked and does not answer.
        again: Option<Duration>,
    },
    /// The widget was shown a moment ago.
    Soon {
        pause: Duration,
    },
    Widget {
        url: String,
        left: Duration,
    },
    Done {
        accounts: usize,
        again: bool,
    },
    Failed(Ending),
}

/// How a session failed, as its user has to know it.
pub(crate) struct Ending {
    advice: Advice,
    /// It is not known whether the bank answered.
    is_unknown: bool,
    /// When another press may help.
    pause: Option<Duration>,
}

impl Shown {
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Working { .. } => "working",
            Self::Soon { .. } => "soon",
            Self::Widget { .. } => "widget",
            Self::Done { .. } => "done",
            Self::Failed(_) => "failed",
        }
    }
}

pub(crate) fn failed(failure: &Failure, found: &Found, now: Timestamp) -> Shown {
    let later = match failure.recovery() {
        Recovery::TryLater { not_before } => Some(not_before),
        Recovery::StartOver | Recovery::AskTheUser | Recovery::ActAtTheBank | Recovery::FixTheSetup => None,
    };
    let pause = later.into_iter().chain(found.closed_at).max().filter(|moment| *moment > now);
    Shown::Failed(Ending {
        advice: failure.recovery().advice(),
        is_unknown: failure.reason() == Reason::OutcomeUnknown,
        pause: pause.map(|moment| now.until(moment)),
    })
}

/// From the row alone.
pub(crate) fn ended(found: &Found) -> Shown {
    if let Some(kept) = &found.kept {
        return Shown::Done { accounts: kept.len(), again: false };
    }
    let all = [Advice::TryLater, Advice::StartOver, Advice::AskTheUser, Advice::ActAtTheBank, Advice::FixTheSetup];
    let advice = all.into_iter().find(|advice| found.result.as_deref() == Some(advice.as_str()));
    Shown::Failed(Ending { advice: advice.unwrap_or(Advice::TryLater), is_unknown: false, pause: None })
}

impl Page<'_> {
    /// How far the session is. `token` is that of a link that can be pressed again. The script loads the page again if
    /// there is something else to show.
    pub(crate) fn session(&self, token: Option<&str>, key: &Key, shown: &Shown) -> Markup {
        let language = self.language;
        let (title, again, inside) = match shown {
            Shown::Working { again } => self.working(*again),
            Shown::Soon { pause } => self.soon(*pause),
            Shown::Widget { url, left } => self.widget(key, url, *left),
            Shown::Done { accounts, again } => self.done(*accounts, *again),
            Shown::Failed(ending) => self.ending(token, key, ending),
        };
        let class = match shown {
            Shown::Widget { .. } => "wide",
            Shown::Failed(_) => "bad",
            Shown::Working { .. } | Shown::Soon { .. } | Shown::Done { .. } => "",
        };
        // When the script loads the page again: once there is something else to show, or another number of minutes.
        let pause = match shown {
            Shown::Soon { pause } => Some(pause.as_secs() + 1),
            Shown::Failed(Ending { pause: Some(_), .. }) => Some(60),
            Shown::Working { .. } | Shown::Widget { .. } | Shown::Done { .. } | Shown::Failed(_) => None,
        };
        let main = html! {
            main class=[Some(class).filter(|class| !class.is_empty())]
                data-session=(key) data-state=(shown.name()) data-pause=[pause] {
                h1 { (title) }
                (inside)
            }
            @if matches!(shown, Shown::Widget { .. }) {
                script type="module" src={ (self.assets) "element.js" } {}
            }
            @if pause.is_some() || matches!(shown, Shown::Working { .. } | Shown::Widget { .. }) {
                script src={ (self.assets) "page.js" } defer {}
            }
        };
        self.framed(
            &title,
            again,
            &html! { span class="soft" lang=(language.code()) { (self.bank.unwrap_or("")) } },
            &main,
        )
    }

    /// `again`: when the button can be pressed again, if the bank does not answer.
    fn working(&self, again: Option<Duration>) -> (String, Option<Duration>, Markup) {
        let language = self.language;
        let inside = html! {
            div class="bar" {}
            @if let Some(again) = again {
                p role="status" { (language.pick(
                    "The bank was asked. Its answer is not known yet: that takes from a few seconds to four minutes.",
                    "La banque a été contactée. Sa réponse n’est pas encore connue : cela prend de quelques secondes à \
                     quatre minutes."
                )) }
                p class="soft" { (match language {
                    Language::English => format!(
                        "Stay on this page; it goes on by itself. If no answer comes, you can press the button again in {}.",
                        span(language, again)
                    ),
                    Language::French => format!(
                        "Restez sur cette page ; elle continue d’elle-même. Sans réponse, vous pourrez appuyer de nouveau \
                         dans {}.", span(language, again)
                    ),
                }) }
            } @else {
                p role="status" { (language.pick("Your data is on its way.", "Vos données sont en route.")) }
            }
            noscript { p { a class="plain" href="" { (language.pick("Look again", "Regarder encore")) } } }
        };
        (language.pick("One moment", "Un instant").to_owned(), Some(EVERY), inside)
    }

    fn soon(&self, pause: Duration) -> (String, Option<Duration>, Markup) {
        let language = self.language;
        let inside = html! {
            div class="bar" {}
            p role="status" { (language.pick(
                "The bank’s question was shown a few seconds ago. It is shown here again in a moment.",
                "La question de la banque a été affichée il y a quelques secondes. Elle revient ici dans un instant."
            )) }
        };
        (language.pick("One moment", "Un instant").to_owned(), Some(pause + Duration::from_secs(1)), inside)
    }

    /// With script the component takes the frame over, and says how much time is left.
    fn widget(&self, key: &Key, url: &str, left: Duration) -> (String, Option<Duration>, Markup) {
        let language = self.language;
        let title = match language {
            Language::English => format!("Answer {}", self.bank()),
            Language::French => format!("Répondez à {}", self.bank()),
        };
        let inside = html! {
            noscript { p { (language.pick("Time left: ", "Temps restant : ")) (span(language, left)) } }
            flinks-reconnect endpoint={ (key) "/live" } left=(left.as_secs()) {
                iframe title=(language.pick("Your bank’s question", "La question de votre banque")) src=(url)
                    referrerpolicy="no-referrer" {}
            }
            p class="soft" {
                a class="plain" href="" { (language.pick("I have answered: continue", "J’ai répondu : continuer")) }
            }
            p class="soft" { (language.pick(
                "If the window says that the session has ended, wait until no time is left. You can then try again here.",
                "Si la fenêtre dit que la session est terminée, attendez la fin du temps restant. Vous pourrez alors \
                 essayer de nouveau ici."
            )) }
        };
        (title, None, inside)
    }

    fn done(&self, accounts: usize, again: bool) -> (String, Option<Duration>, Markup) {
        let (language, app) = (self.language, self.app());
        let inside = html! {
            p class="note" role="status" { (match (language, accounts) {
                (Language::English, 1) => format!("The data of 1 account is ready for {app}."),
                (Language::English, count) => format!("The data of {count} accounts is ready for {app}."),
                (Language::French, 0 | 1) => format!("Les données de {accounts} compte sont prêtes pour {app}."),
                (Language::French, count) => format!("Les données de {count} comptes sont prêtes pour {app}."),
            }) }
            @if again {
                p { (match language {
                    Language::English => format!("None of the accounts that you chose is there any more. Choose again in {app}."),
                    Language::French => format!("Aucun des comptes que vous aviez choisis n’existe encore. Choisissez de nouveau dans {app}."),
                }) }
            }
            (self.home())
        };
        (language.pick("The connection is renewed", "La connexion est renouvelée").to_owned(), None, inside)
    }

    fn ending(&self, token: Option<&str>, key: &Key, ending: &Ending) -> (String, Option<Duration>, Markup) {
        let (language, app, bank, bank_first) = (self.language, self.app(), self.bank(), self.bank_first());
        let (title, text) = if ending.is_unknown {
            (
                language
                    .pick("It is not known whether the bank answered", "On ne sait pas si la banque a répondu")
                    .to_owned(),
                language
                    .pick(
                        "The line to your bank broke. If you got a code, you need not enter it.",
                        "La liaison avec votre banque a été coupée. Si vous avez reçu un code, inutile de le saisir.",
                    )
                    .to_owned(),
            )
        } else {
            match (ending.advice, language) {
                (Advice::AskTheUser, Language::English) => (
                    "Your answer did not arrive".into(),
                    format!("{bank_first} got no answer in time. You can try again now."),
                ),
                (Advice::AskTheUser, Language::French) => (
                    "Votre réponse n’est pas arrivée".into(),
                    format!("{bank_first} n’a pas reçu de réponse à temps. Vous pouvez essayer de nouveau."),
                ),
                (Advice::TryLater, Language::English) => (
                    "It does not work at the moment".into(),
                    format!("The data at {bank} could not be read. Try again later."),
                ),
                (Advice::TryLater, Language::French) => (
                    "Cela ne fonctionne pas pour l’instant".into(),
                    format!("Les données de {bank} n’ont pas pu être lues. Essayez plus tard."),
                ),
                (Advice::StartOver, Language::English) => (
                    "Connect the bank anew".into(),
                    format!("This connection cannot be renewed. Open {app} and connect {bank} again."),
                ),
                (Advice::StartOver, Language::French) => (
                    "Connectez la banque de nouveau".into(),
                    format!(
                        "Cette connexion ne peut pas être renouvelée. Ouvrez {app} et connectez {bank} de nouveau."
                    ),
                ),
                (Advice::ActAtTheBank, Language::English) => (
                    "Sign in at your bank first".into(),
                    format!(
                        "{bank_first} wants you to do something there, such as accept new terms. Sign in on its own site or app, then come back here."
                    ),
                ),
                (Advice::ActAtTheBank, Language::French) => (
                    "Connectez-vous d’abord à votre banque".into(),
                    format!(
                        "{bank_first} vous demande une action, par exemple d’accepter de nouvelles conditions. Ouvrez son site ou son application, puis revenez ici."
                    ),
                ),
                (Advice::FixTheSetup, Language::English) => (
                    "This is not your fault".into(),
                    format!("{app} has to repair something first. Try again later, or ask {app}."),
                ),
                (Advice::FixTheSetup, Language::French) => (
                    "Ce n’est pas de votre faute".into(),
                    format!("{app} doit d’abord réparer quelque chose. Essayez plus tard, ou écrivez à {app}."),
                ),
            }
        };
        let may_help = ending.is_unknown || !matches!(ending.advice, Advice::StartOver | Advice::FixTheSetup);
        let inside = html! {
            p role="status" { (text) }
            @if let (Some(pause), false) = (ending.pause, token.is_none()) {
                p class="note wait" { (match language {
                    Language::English => format!("Wait for {}, then press the button.", span(language, pause)),
                    Language::French => format!("Attendez {}, puis appuyez sur le bouton.", span(language, pause)),
                }) }
            }
            @match token.filter(|_| may_help) {
                Some(token) => {
                    // A press goes to the link's own address.
                    form method="post" action={ "../" (token) } {
                        input type="hidden" name="after" value=(key);
                        button type="submit" { (language.pick("Try again", "Essayer de nouveau")) }
                    }
                    p class="soft" { (language.pick("The bank may send you another code then.", "La banque peut alors vous envoyer un autre code.")) }
                }
                None => {
                    @if may_help {
                        p class="note wait" { (match language {
                            Language::English => format!("This link has ended. Ask {app} for a new one."),
                            Language::French => format!("Ce lien a pris fin. Demandez-en un nouveau à {app}."),
                        }) }
                    }
                    (self.home())
                }
            }
        };
        (title, None, inside)
    }
}
