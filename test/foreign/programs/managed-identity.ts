/** Asks for a token with @azure/identity as a step with a managed identity would: its defaults and the variables, no options. */
import { DefaultAzureCredential, ManagedIdentityCredential } from '@azure/identity'

const [credential = '', scope = ''] = process.argv.slice(2)
try {
  const asked = credential === 'default' ? new DefaultAzureCredential() : new ManagedIdentityCredential()
  const { token, expiresOnTimestamp } = await asked.getToken(scope)
  process.stdout.write(JSON.stringify({ token, expiresOnTimestamp }))
} catch (error) {
  process.stdout.write(JSON.stringify({ error: String(error) }))
}
