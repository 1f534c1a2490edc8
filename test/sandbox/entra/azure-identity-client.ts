/** A process that nobody here wrote much of: asks for a token with a credential of @azure/identity, and prints what came. */
import { readFile } from 'node:fs/promises'
import { ClientAssertionCredential, WorkloadIdentityCredential } from '@azure/identity'
import type { TokenCredential } from '@azure/identity'

const [kind = '', scope = ''] = process.argv.slice(2)
const { AZURE_TENANT_ID = '', AZURE_CLIENT_ID = '', AZURE_FEDERATED_TOKEN_FILE = '' } = process.env

const kinds: Readonly<Record<string, () => TokenCredential>> = {
  workload: () => new WorkloadIdentityCredential(),
  assertion: () =>
    new ClientAssertionCredential(AZURE_TENANT_ID, AZURE_CLIENT_ID, () => readFile(AZURE_FEDERATED_TOKEN_FILE, 'utf8')),
}

const credential = kinds[kind]?.()
if (credential === undefined) throw new Error(`no credential ${kind}`)
try {
  const token = await credential.getToken(scope)
  process.stdout.write(JSON.stringify({ token: token?.token }))
} catch (error) {
  process.stdout.write(JSON.stringify({ error: String(error) }))
}
