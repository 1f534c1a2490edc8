/** @azure/identity with an app of one tenant that asks for tokens of another one. */
import { readFile } from 'node:fs/promises'
import { ClientAssertionCredential } from '@azure/identity'

const [scope = '', tenantId = '', ...additionallyAllowedTenants] = process.argv.slice(2)
const { AZURE_TENANT_ID = '', AZURE_CLIENT_ID = '', AZURE_FEDERATED_TOKEN_FILE = '' } = process.env
try {
  const credential = new ClientAssertionCredential(
    AZURE_TENANT_ID,
    AZURE_CLIENT_ID,
    () => readFile(AZURE_FEDERATED_TOKEN_FILE, 'utf8'),
    { additionallyAllowedTenants },
  )
  const token = await credential.getToken(scope, { tenantId })
  process.stdout.write(JSON.stringify({ token: token?.token }))
} catch (error) {
  process.stdout.write(JSON.stringify({ error: String(error) }))
}
