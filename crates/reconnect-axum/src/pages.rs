//! What every page has, and the pages around a session, in English and French. Each is plain HTML that works without
//! script.

use crate::front::Front;
use crate::language::Language;
use core::time::Duration;
use maud::{DOCTYPE, Markup, html};
use reconnect_store::{Found, Link, Progress};

/// How often a page without script asks again.
pub(crate) const EVERY: Duration = Duration::from_secs(3);

/// What every page has.
pub(crate) struct Page<'a> {
    pub(crate) front: &'a Front,
    pub(crate) language: Language,
    /// The bank's name, if the app gave one.
    pub(crate) bank: Option<&'a str>,
    /// Where the style is, from this page.
    pub(crate) assets: &'a str,
}

impl Page<'_> {
    pub(crate) fn bank(&self) -> &str {
        self.bank.unwrap_or(self.language.pick("your bank", "votre banque"))
    }

    /// The bank's name at the beginning of a sentence.
    pub(crate) fn bank_first(&self) -> &str {
        self.bank.unwrap_or(self.language.pick("Your bank", "Votre banque"))
    }

    pub(crate) fn app(&self) -> &str {
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

    pub(crate) fn framed(&self, title: &str, again: Option<Duration>, lead: &Markup, main: &Markup) -> Markup {
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

    /// Where to go from a last page.
    pub(crate) fn home(&self) -> Markup {
        match &self.front.inner().app_url {
            Some(url) => html! { a class="button" href=(url) rel="noreferrer" target="_top" { (match self.language {
                Language::English => format!("Back to {}", self.app()),
                Language::French => format!("Retour à {}", self.app()),
            }) } },
            None => html! { p { (self.language.pick("You can close this page.", "Vous pouvez fermer cette page.")) } },
        }
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
            ("wrong-method", Language::English) => {
                ("That does not work here", "Open the link itself, and press the button there.".to_owned())
            }
            ("wrong-method", Language::French) => {
                ("Cela ne fonctionne pas ici", "Ouvrez le lien lui-même, et appuyez sur le bouton.".to_owned())
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
pub(crate) fn span(language: Language, time: Duration) -> String {
    let (minutes, day) = (time.as_secs().div_ceil(60).max(1), 24 * 60);
    let (count, one, many) = match minutes {
        ..120 => (minutes, ("minute", "minute"), ("minutes", "minutes")),
        _ if minutes < 2 * day => (minutes.div_ceil(60), ("hour", "heure"), ("hours", "heures")),
        _ => (minutes.div_ceil(day), ("day", "jour"), ("days", "jours")),
    };
    let (english, french) = if count == 1 { one } else { many };
    format!("{count} {}", language.pick(english, french))
}
