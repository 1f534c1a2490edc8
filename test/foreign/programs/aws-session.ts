/** Asks AWS who it is, and for a registry password, with the default credential chain of the AWS SDK for JavaScript. */
import { Agent } from 'node:https'
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { NodeHttpHandler } from '@smithy/node-http-handler'

// The SDK reads no HTTPS_PROXY by itself; this is its own way to be given one.
const requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ proxyEnv: process.env }) })
try {
  const { Account, Arn } = await new STSClient({ requestHandler }).send(new GetCallerIdentityCommand())
  const { authorizationData = [] } = await new ECRClient({ requestHandler }).send(new GetAuthorizationTokenCommand())
  const [registry] = authorizationData
  const output = { account: Account, arn: Arn, endpoint: registry?.proxyEndpoint, login: registry?.authorizationToken }
  process.stdout.write(JSON.stringify(output))
} catch (error) {
  process.stdout.write(JSON.stringify({ error: String(error) }))
}
