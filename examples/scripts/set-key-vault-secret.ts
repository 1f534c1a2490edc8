// Puts a new random password into Key Vault; nobody ever sees it here. Role: Key Vault Secrets Officer.
// params: vault=<name>, secret=<name>
import { randomBytes } from 'node:crypto'

// Of Key Vault; the requests below are as its reference has them [K].
const apiVersion = '7.4'

const { vault, secret } = params
if (vault === undefined || secret === undefined) throw new Error('params lacks vault=… or secret=…')

const answer = await azure.fetch(`https://${vault}.vault.azure.net/secrets/${secret}?api-version=${apiVersion}`, {
  method: 'PUT',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ value: randomBytes(24).toString('base64url') }),
})
if (!answer.ok) throw new Error(`HTTP ${answer.status}: ${await answer.text()}`)
const { id } = (await answer.json()) as { id: string }
// The version's address, not what is in it.
result.set('id', id)
