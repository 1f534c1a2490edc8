/** Somewhere that a run could have let a secret slip: a name for it and its whole text. */
export type Place = { readonly where: string; readonly text: string }

/**
 * Searches every place for every secret, also in the forms in which secrets travel: percent-encoded, Base64, and the signature of a
 * token by itself. Gives what it found, without the secret.
 */
export function findLeaks(secrets: Iterable<string>, places: readonly Place[]): string[] {
  const found: string[] = []
  for (const secret of secrets) {
    for (const [form, text] of formsOf(secret)) {
      for (const place of places) {
        if (place.text.includes(text))
          found.push(`${place.where} holds a secret of ${secret.length} characters (${form})`)
      }
    }
  }
  return found
}

/** Shorter texts would be found everywhere by chance. */
const shortest = 16

function formsOf(secret: string): (readonly [form: string, text: string])[] {
  const forms = [
    ['as it is', secret],
    ['percent-encoded', encodeURIComponent(secret)],
    // Without its last group, which depends on what follows.
    ['Base64', Buffer.from(secret).toString('base64').slice(0, -4)],
    ['signature', secret.split('.').length === 3 ? (secret.split('.')[2] ?? '') : ''],
  ] as const
  return forms.filter(([, text]) => text.length >= shortest)
}
