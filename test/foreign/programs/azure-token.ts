/** Asks for a token with @azure/identity as an author's own step would: its defaults and the `AZURE_*` variables, no options. */
import { WorkloadIdentityCredential } from '@azure/identity'

const [scope = ''] = process.argv.slice(2)
try {
  const { token } = await new WorkloadIdentityCredential().getToken(scope)
  process.stdout.write(JSON.stringify({ token }))
} catch (error) {
  process.stdout.write(JSON.stringify({ error: String(error) }))
}
