/** Says who it is by the default chain of the AWS SDK for JavaScript, and gets a registry password, of which it tells the hash. */
import { createHash } from 'node:crypto'
import { Agent } from 'node:https'
import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { NodeHttpHandler } from '@smithy/node-http-handler'

const requestHandler = new NodeHttpHandler({ httpsAgent: new Agent({ proxyEnv: process.env }) })
try {
  const client = new STSClient({ requestHandler })
  const { Account, Arn } = await client.send(new GetCallerIdentityCommand())
  const { accessKeyId, sessionToken = '' } = await client.config.credentials()
  const ecr = await new ECRClient({ requestHandler }).send(new GetAuthorizationTokenCommand())
  const sha256 = createHash('sha256').update(sessionToken).digest('hex')
  const isLoggedIn = (ecr.authorizationData?.[0]?.authorizationToken ?? '') !== ''
  process.stdout.write(JSON.stringify({ account: Account, arn: Arn, key: accessKeyId, sha256, isLoggedIn }))
} catch (error) {
  process.stdout.write(JSON.stringify({ error: String(error) }))
}
