//! Any bytes as a webhook: only a signature over just these bytes, with one of the keys, lets it in, and what is let in
//! gives a session no account of another login and none that was not selected.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reconnect_core::webhook::{NotVerified, sign, verify};
use reconnect_core::{AccountId, Heard, Known, LoginId, Outcome, Policy, RequestId, Selection, Session, Timestamp};

const NOW: Timestamp = Timestamp::from_millis(1_780_000_000_000);

// The first line is the value of the header, the rest is the body.
fuzz_target!(|data: &[u8]| {
    let (header, body) = match data.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (&[][..], data),
    };
    let header = String::from_utf8_lossy(header);
    let keys = ["old".into(), "new".into()];
    let signature = sign(body, &keys[1]);
    let forged = verify([("flinks-authenticity-key", &*header)], body, &keys);
    if header.trim() != signature && header.trim() != sign(body, &keys[0]) {
        assert_eq!(forged.err(), Some(NotVerified::Signature), "a guess is no signature");
    }
    let headers = [("X-Flinks-Signature", signature.as_str())];
    assert_eq!(verify([("x", "y")], body, &keys).err(), Some(NotVerified::Unsigned));
    assert_eq!(verify(headers, body, &["third".into()]).err(), Some(NotVerified::Signature));
    let longer: Vec<u8> = body.iter().copied().chain([b' ']).collect();
    assert_eq!(verify(headers, &longer, &keys).err(), Some(NotVerified::Signature), "over all bytes");
    let delivery = match verify(headers, body, &keys) {
        Ok(delivery) => delivery,
        Err(error) => return assert_eq!(error, NotVerified::Body),
    };
    let again = verify(headers, body, &keys).expect("the same");
    assert_eq!(delivery.key(), again.key(), "a repeated delivery is known by its key");
    let _ = format!("{delivery:?} {:?}", delivery.facts());

    let (request, login) = (RequestId::new("r").expect("an id"), LoginId::new("l").expect("an id"));
    let kept = AccountId::new("a").expect("an id");
    let mut known = Known::default();
    (known.login, known.last_sent) = (Some(login.clone()), Some(NOW));
    let keep = Selection::only([kept.clone()]).expect("one");
    let mut session = Session::resume(request.clone(), known, keep, Policy::default(), NOW);
    let other = delivery.facts().login.as_ref().is_some_and(|named| *named != login);
    let heard = session.delivered(NOW, &delivery);
    if let Some(Outcome::Refreshed(refreshed)) = session.outcome() {
        assert!(!other && heard == Heard::Took && refreshed.login.as_ref().is_none_or(|named| *named == login));
    }
    assert_eq!(session.requests(), [request]);
    assert!(session.take_accounts().unwrap_or_default().iter().all(|account| account.id == kept));
});
