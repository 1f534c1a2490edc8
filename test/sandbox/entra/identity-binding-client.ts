/** @azure/identity as a pod with an AKS identity binding runs it: everything comes from the webhook's environment. */
import { WorkloadIdentityCredential } from '@azure/identity'

const [scope = ''] = process.argv.slice(2)
try {
  const credential = new WorkloadIdentityCredential({ enableAzureProxy: true })
  const token = await credential.getToken(scope)
  process.stdout.write(JSON.stringify({ token: token.token }))
} catch (error) {
  process.stdout.write(JSON.stringify({ error: String(error) }))
}
