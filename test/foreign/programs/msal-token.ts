/** Asks for a token with @azure/msal-node, the assertion in the place of a secret. */
import { readFile } from 'node:fs/promises'
import { ConfidentialClientApplication } from '@azure/msal-node'

const [scope = ''] = process.argv.slice(2)
const { AZURE_CLIENT_ID = '', AZURE_TENANT_ID = '', AZURE_FEDERATED_TOKEN_FILE = '' } = process.env
const client = new ConfidentialClientApplication({
  auth: {
    clientId: AZURE_CLIENT_ID,
    authority: `https://login.microsoftonline.com/${AZURE_TENANT_ID}`,
    clientAssertion: () => readFile(AZURE_FEDERATED_TOKEN_FILE, 'utf8'),
  },
})
try {
  const result = await client.acquireTokenByClientCredential({ scopes: [scope] })
  process.stdout.write(JSON.stringify({ token: result?.accessToken }))
} catch (error) {
  process.stdout.write(JSON.stringify({ error: String(error) }))
}
