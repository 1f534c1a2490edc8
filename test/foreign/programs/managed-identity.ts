/** Asks for a token with @azure/identity as a step with a managed identity would: its defaults and the variables, no options. Tells its hash. */
import { createHash } from 'node:crypto'
import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity'

const [credential = '', scope = ''] = process.argv.slice(2)
try {
  const asked = credential === 'default' ? new DefaultAzureCredential() : new ManagedIdentityCredential()
  const { token, expiresOnTimestamp } = await asked.getToken(scope)
  const sha256 = createHash('sha256').update(token).digest('hex')
  process.stdout.write(JSON.stringify({ sha256, expiresAt: expiresOnTimestamp }))
} catch (error) {
  process.stdout.write(JSON.stringify({ error: String(error) }))
}
