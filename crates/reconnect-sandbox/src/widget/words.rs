//! Every word the widget shows, in English and in French.

use crate::bank::{Trouble, WRONG_ANSWER};
use crate::scenario::Language;

pub(super) struct Words {
    pub(super) credentials_title: &'static str,
    pub(super) credentials_lead: &'static str,
    pub(super) username: &'static str,
    pub(super) password: &'static str,
    pub(super) connect: &'static str,
    pub(super) question_title: &'static str,
    pub(super) question_lead: &'static str,
    pub(super) next: &'static str,
    pub(super) end_title: &'static str,
    pub(super) end_lead: &'static str,
    pub(super) go_on: &'static str,
    pub(super) sorry: &'static str,
    pub(super) token_invalid: &'static str,
    pub(super) session_over: &'static str,
    pub(super) bad_redirect: &'static str,
    pub(super) no_more_tries: &'static str,
    wrong_answer: &'static str,
    wrong_credentials: &'static str,
    later: &'static str,
    disabled: &'static str,
}

impl Words {
    /// What a user reads when an attempt is refused.
    pub(super) fn of(&self, trouble: &Trouble) -> &'static str {
        match &*trouble.code {
            code if code == WRONG_ANSWER.code => self.wrong_answer,
            "SECURITYRESPONSES_INCOMPLETE" | "UNKNOWN_CHALLENGE_KEY" => self.wrong_answer,
            "DISABLED_LOGIN" => self.disabled,
            "RETRY_LATER" | "CONCURRENT_SESSION" => self.later,
            _ => self.wrong_credentials,
        }
    }
}

pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::French => &FRENCH,
    }
}

static ENGLISH: Words = Words {
    credentials_title: "Connect your account",
    credentials_lead: "Sign in to Flinks Capital, the test institution.",
    username: "Username",
    password: "Password",
    connect: "Connect",
    question_title: "Your bank has a question",
    question_lead: "Answer it to keep your connection alive.",
    next: "Continue",
    end_title: "You are connected",
    end_lead: "You can close this page.",
    go_on: "Go on",
    sorry: "This page cannot go on",
    token_invalid: "Its authorize token is missing, expired or already used. Please open it again.",
    session_over: "This session has ended. Please start a new one.",
    bad_redirect: "Its redirectUrl is not an absolute address.",
    no_more_tries: "The answer was wrong too often. Please start again.",
    wrong_answer: "This is not the answer your bank expects. Please try again.",
    wrong_credentials: "The username or the password is not right. Please try again.",
    later: "Your bank cannot be reached. Please try again later.",
    disabled: "Your bank has disabled this account. Please contact your bank.",
};

static FRENCH: Words = Words {
    credentials_title: "Connectez votre compte",
    credentials_lead: "Ouvrez une session chez Flinks Capital, l’institution d’essai.",
    username: "Nom d’utilisateur",
    password: "Mot de passe",
    connect: "Se connecter",
    question_title: "Votre banque pose une question",
    question_lead: "Répondez-y pour garder votre connexion active.",
    next: "Continuer",
    end_title: "Vous êtes connecté",
    end_lead: "Vous pouvez fermer cette page.",
    go_on: "Poursuivre",
    sorry: "Cette page ne peut pas continuer",
    token_invalid: "Son jeton d’autorisation manque, a expiré ou a déjà servi. Veuillez l’ouvrir de nouveau.",
    session_over: "Cette session est terminée. Veuillez en commencer une nouvelle.",
    bad_redirect: "Son redirectUrl n’est pas une adresse absolue.",
    no_more_tries: "La réponse était fausse trop souvent. Veuillez recommencer.",
    wrong_answer: "Ce n’est pas la réponse que votre banque attend. Veuillez réessayer.",
    wrong_credentials: "Le nom d’utilisateur ou le mot de passe n’est pas juste. Veuillez réessayer.",
    later: "Votre banque est injoignable. Veuillez réessayer plus tard.",
    disabled: "Votre banque a désactivé ce compte. Veuillez communiquer avec elle.",
};
