//! The pages, in English and French. Each is plain HTML that works without script.

use crate::front::Front;
use crate::language::Language;
use core::time::Duration;
use maud::{DOCTYPE, Markup, html};
use reconnect_async::{Advice, Failure, Reason, Recovery, Timestamp};
use reconnect_store::{Found, Key, Link, Progress};

/// How often a page without script asks again.
const EVERY: Duration = Duration::from_secs(3);

/// What every page has.
pub(crate) struct Page<'a> {
    pub(crate) front: &'a Front,
    pub(crate) language: Language,
    /// The bank's name, if the app gave one.
    pub(crate) bank: Option<&'a str>,
    /// Where the style is, from this page.
    pub(crate) assets: &'a str,
}

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
    fn bank(&self) -> &str {
        self.bank.unwrap_or(self.language.pick("your bank", "votre banque"))
    }

    /// The bank's name at the beginning of a sentence.
    fn bank_first(&self) -> &str {
        self.bank.unwrap_or(self.language.pick("Your bank", "Votre banque"))
    }

    fn app(&self) -> &str {
        &self.front.inner().app
    }

    fn whole(&self, title: &str, again: Option<Duration>, class: &str, main: &Markup) -> Markup {
        let (language, assets) = (self.language, self.assets);
        html! {
            (DOCTYPE)
            html lang=(language.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { (title) " · " (self.app()) }
                    link rel="icon" href="data:,";
                    link rel="stylesheet" href={ (assets) "style.css" };
                    @if let Some(again) = again {
                        noscript { meta http-equiv="refresh" content=(again.as_secs().max(1)); }
                    }
                }
                body class=[Some(class).filter(|class| !class.is_empty())] { (main) }
            }
        }
    }

    fn framed(&self, title: &str, again: Option<Duration>, lead: &Markup, main: &Markup) -> Markup {
        let body = html! {
            header { strong { (self.app()) } (lead) }
            (main)
            footer { p { (self.language.pick(
                "You answer your bank’s questions in a window of Flinks. This page never asks for your password.",
                "Vous répondez à votre banque dans une fenêtre de Flinks. Cette page ne demande jamais votre mot de passe."
            )) } }
        };
        self.whole(title, again, "", &body)
    }

    /// One button.
    pub(crate) fn start(&self, newest: Option<&Found>, link: &Link) -> Markup {
        let language = self.language;
        let (bank, app) = (self.bank(), self.app());
        let title = match language {
            Language::English => format!("Renew the connection to {bank}"),
            Language::French => format!("Renouveler la connexion avec {bank}"),
        };
        let why = match language {
            Language::English => format!(
                "{app} reads your accounts at {bank}, as you allowed. Now the bank wants to be sure that it is you."
            ),
            Language::French => format!(
                "{app} lit vos comptes à {bank}, comme vous l’avez permis. La banque veut maintenant s’assurer que c’est \
                 bien vous."
            ),
        };
        // An earlier renewal is not that of this link.
        let is_done = newest.is_some_and(|found| found.kept.is_some() && found.created_at >= link.created_at);
        let left = self.front.driver().client().now().until(link.expires_at);
        let other = language.pick(("fr", "Français"), ("en", "English"));
        let lead = html! { a href={ "?lang=" (other.0) } lang=(other.0) hreflang=(other.0) { (other.1) } };
        let main = html! {
            main {
                h1 { (title) }
                @if is_done {
                    p class="note" { (language.pick(
                        "This connection was renewed already. You need to do nothing.",
                        "Cette connexion a déjà été renouvelée. Vous n’avez rien à faire."
                    )) }
                } @else {
                    p { (why) }
                    ol {
                        li { (language.pick("Keep your phone at hand: the bank may send you a code.",
                            "Gardez votre téléphone à portée de main : la banque peut vous envoyer un code.")) }
                        li { (language.pick("Press the button. The bank is asked then, and not before.",
                            "Appuyez sur le bouton. La banque n’est contactée qu’à ce moment.")) }
                        li { (language.pick("Answer the bank’s questions. The accounts that you chose stay the same.",
                            "Répondez aux questions de la banque. Les comptes que vous avez choisis restent les mêmes.")) }
                    }
                }
                form method="post" {
                    input type="hidden" name="after" value=(newest.map_or("", |found| found.key.as_str()));
                    @if is_done {
                        button type="submit" class="quiet" { (language.pick("Renew it again", "La renouveler de nouveau")) }
                    } @else {
                        button type="submit" { (language.pick("Continue", "Continuer")) }
                    }
                }
                p class="soft" { (match language {
                    Language::English => format!(
                        "If you did not expect this from {app}, close the page: nothing happens. The link is yours alone, \
                         and ends in {}.", span(language, left)
                    ),
                    Language::French => format!(
                        "Si vous n’attendiez rien de {app}, fermez la page : rien ne se passe. Ce lien n’est que pour \
                         vous, et prend fin dans {}.", span(language, left)
                    ),
                }) }
            }
        };
        self.framed(&title, None, &lead, &main)
    }

    /// How far the session is. `token` is that of a link that can be pressed again. The script loads the page again if there is something else to show.
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

    /// Where to go from a last page.
    fn home(&self) -> Markup {
        match &self.front.inner().app_url {
            Some(url) => html! { a class="button" href=(url) rel="noreferrer" target="_top" { (match self.language {
                Language::English => format!("Back to {}", self.app()),
                Language::French => format!("Retour à {}", self.app()),
            }) } },
            None => html! { p { (self.language.pick("You can close this page.", "Vous pouvez fermer cette page.")) } },
        }
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

    /// The session of this login is somebody else's, or it is not known yet how it ends.
    pub(crate) fn busy(&self, left: Option<Duration>) -> Markup {
        let language = self.language;
        let title = language.pick("The bank is being asked already", "La banque est déjà contactée");
        let main = html! {
            main data-problem="busy" {
                h1 { (title) }
                p { (language.pick(
                    "A renewal of this connection is under way. So the bank is not asked once more now.",
                    "Un renouvellement de cette connexion est en cours. La banque n’est donc pas contactée une fois de plus."
                )) }
                @if let Some(left) = left {
                    p class="note wait" { (match language {
                        Language::English => format!("You can try again in {}.", span(language, left)),
                        Language::French => format!("Vous pourrez essayer de nouveau dans {}.", span(language, left)),
                    }) }
                }
                p { a class="plain" href="" { (language.pick("Back to the link", "Retour au lien")) } }
            }
        };
        self.framed(title, None, &html! {}, &main)
    }

    /// A page that cannot be shown. `code` is that of the problem.
    pub(crate) fn refused(&self, code: &str) -> Markup {
        let (language, app) = (self.language, self.app());
        let (title, text) = match (code, language) {
            ("unknown", Language::English) => {
                ("There is no such link", format!("Is the address whole? Copy all of it, or ask {app} for a new link."))
            }
            ("unknown", Language::French) => (
                "Ce lien n’existe pas",
                format!("L’adresse est-elle complète ? Copiez-la en entier, ou demandez un nouveau lien à {app}."),
            ),
            ("over", Language::English) => {
                ("This link has ended", format!("It has expired, or it was withdrawn. Ask {app} for a new one."))
            }
            ("over", Language::French) => {
                ("Ce lien a pris fin", format!("Il a expiré, ou il a été retiré. Demandez-en un nouveau à {app}."))
            }
            ("foreign", Language::English) => (
                "This page was opened from another site",
                "Open the link itself, and press the button there.".to_owned(),
            ),
            ("foreign", Language::French) => (
                "Cette page a été ouverte depuis un autre site",
                "Ouvrez le lien lui-même, et appuyez sur le bouton.".to_owned(),
            ),
            ("too-many", Language::English) => ("That was too fast", "Wait for a minute.".to_owned()),
            ("too-many", Language::French) => ("C’était trop rapide", "Attendez une minute.".to_owned()),
            ("invalid", Language::English) => {
                ("The page is out of date", "Load it again, and press the button there.".to_owned())
            }
            ("invalid", Language::French) => {
                ("La page n’est plus à jour", "Rechargez-la, et appuyez sur le bouton.".to_owned())
            }
            (_, Language::English) => {
                ("It does not work at the moment", "Nothing is lost. Wait for a minute.".to_owned())
            }
            (_, Language::French) => {
                ("Cela ne fonctionne pas pour l’instant", "Rien n’est perdu. Attendez une minute.".to_owned())
            }
        };
        let main = html! {
            main class="bad" data-problem=(code) {
                h1 { (title) }
                p { (text) }
                @if matches!(code, "unknown" | "over") {
                    (self.home())
                } @else {
                    // Of a press too, this address is the link's.
                    p { a class="plain" href="" { (language.pick("Load the page again", "Recharger la page")) } }
                }
            }
        };
        self.framed(title, None, &html! {}, &main)
    }

    /// Where the widget led to. It is most likely in the frame of the session's page, so it is small.
    pub(crate) fn back(&self, progress: Option<&Progress>, found: &Found) -> Markup {
        let language = self.language;
        let (state, again, title, text) = match progress {
            Some(Progress::Working { .. }) => (
                "working",
                Some(EVERY),
                language.pick("Thank you", "Merci"),
                language.pick(
                    "Your data is on its way. Stay on the page: it goes on by itself.",
                    "Vos données sont en route. Restez sur la page : elle continue d’elle-même.",
                ),
            ),
            Some(Progress::Asking(_)) => (
                "asking",
                None,
                language.pick("The bank asks once more", "La banque pose encore une question"),
                language.pick("Go back to the link to continue.", "Revenez au lien pour continuer."),
            ),
            Some(Progress::Failed(_)) | None if found.kept.is_none() => (
                "failed",
                None,
                language.pick("It did not work", "Cela n’a pas fonctionné"),
                language.pick("Go back to the link: it says what you can do.", "Revenez au lien : il dit quoi faire."),
            ),
            Some(Progress::Refreshed(_) | Progress::Failed(_)) | None => (
                "done",
                None,
                language.pick("The connection is renewed", "La connexion est renouvelée"),
                language.pick("Thank you.", "Merci."),
            ),
        };
        let main = html! {
            main data-state=(state) {
                h1 { (title) }
                p role="status" { (text) }
                @if state == "done" { (self.home()) }
            }
        };
        self.whole(title, again, "frame", &main)
    }
}

/// A time as people say it.
fn span(language: Language, time: Duration) -> String {
    let (minutes, day) = (time.as_secs().div_ceil(60).max(1), 24 * 60);
    let (count, one, many) = match minutes {
        ..120 => (minutes, ("minute", "minute"), ("minutes", "minutes")),
        _ if minutes < 2 * day => (minutes.div_ceil(60), ("hour", "heure"), ("hours", "heures")),
        _ => (minutes.div_ceil(day), ("day", "jour"), ("days", "jours")),
    };
    let (english, french) = if count == 1 { one } else { many };
    format!("{count} {}", language.pick(english, french))
}
