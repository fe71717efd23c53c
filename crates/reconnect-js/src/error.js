/** What this package throws. */

/**
 * A call that does not fit. The session is as it was before. `code` is one of the words that the reference lists under
 * "Misuse"; `field` is the field that is wrong, if one is. The message holds nothing of what was given.
 */
export class ReconnectError extends Error {
  constructor(code, field, message) {
    super(message);
    this.name = "ReconnectError";
    this.code = code;
    this.field = field;
  }
}

export const wrongField = (field) =>
  new ReconnectError("invalidField", field, `the field "${field}" is missing, or not what it should be`);

/** Refuses the fields that are left over: nobody knows their names. */
export function refuse(fields) {
  const [name] = Object.keys(fields);
  if (name !== undefined) throw wrongField(name);
}

/** What a transport throws if no whole reply came. `kind` is one of the words that the reference lists under "Faults of
 * the network". `sent` is false only if no byte of the request can have left. */
export class Fault extends Error {
  constructor(kind, { sent }) {
    super(kind);
    this.name = "Fault";
    this.kind = kind;
    this.sent = sent;
  }
}
