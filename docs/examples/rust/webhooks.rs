//! The sample of docs/guide/webhooks.md.

use reconnect_blocking::{Client, DriveError, Event, Secret, SessionRow, webhook};

/// Your endpoint for a POST: the headers as they came, and the body byte for byte. `find` looks for the row of the
/// session that has this `requestId`. Returns the status to answer with.
fn receive<Row: SessionRow>(
    client: &Client,
    headers: &[(String, String)],
    body: &[u8],
    keys: &[Secret],
    find: impl Fn(&str) -> Option<Row>,
) -> Result<u16, DriveError> {
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let Ok(delivery) = webhook::verify(headers, body, keys) else { return Ok(401) };
    let Some(request) = delivery.facts().request.clone() else { return Ok(200) };
    let Some(row) = find(request.as_str()) else { return Ok(200) };
    if let Some(mut session) = client.load(&row)? {
        session.tell(client.now(), Event::Delivered(Box::new(delivery)))?;
        client.step(&mut session, &row)?; // stores what it was told; then go on as after a message of the widget
    }
    Ok(200)
}

#[test]
fn a_delivery_without_a_signature_is_refused() -> crate::Result {
    let stage = crate::stage::Stage::new("greatday_nomfa")?;
    assert_eq!(receive(&stage.client, &[], b"{}", &[Secret::from("hook-key")], |_| Some(()))?, 401);
    Ok(())
}
