/** @azure/msal-node, which signs people in: one line of JSON per event on standard output, answers on standard input. */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { CryptoProvider, PublicClientApplication } from '@azure/msal-node'

const [flow = '', clientId = '', authority = '', redirectUri = '', scope = ''] = process.argv.slice(2)
const tell = (event: object): void => void process.stdout.write(`${JSON.stringify(event)}\n`)
const client = new PublicClientApplication({ auth: { clientId, authority } })
const scopes = [scope]

async function withDeviceCode(): Promise<void> {
  const result = await client.acquireTokenByDeviceCode({
    scopes,
    deviceCodeCallback: ({ userCode, verificationUri }) => tell({ userCode, verificationUri }),
  })
  tell({ accessToken: result?.accessToken, username: result?.account?.username })
}

/** The caller visits the address and answers with the code; then a second token comes from the refresh token. */
async function withCode(): Promise<void> {
  const { verifier, challenge } = await new CryptoProvider().generatePkceCodes()
  const nonce = 'nonce-of-msal'
  const url = await client.getAuthCodeUrl({
    scopes,
    redirectUri,
    nonce,
    state: 'state-of-msal',
    codeChallenge: challenge,
    codeChallengeMethod: 'S256',
    loginHint: 'ada@fabrikam.example',
  })
  tell({ url })
  const lines = createInterface({ input: process.stdin })
  const [code] = await once(lines, 'line')
  lines.close()
  const result = await client.acquireTokenByCode({
    scopes,
    redirectUri,
    code: String(code),
    codeVerifier: verifier,
    nonce,
  })

  const { account } = result
  if (account === null) throw new Error('msal has no account')
  const again = await client.acquireTokenSilent({ scopes, account, forceRefresh: true })
  tell({
    accessToken: result.accessToken,
    refreshed: again.accessToken,
    username: account.username,
    claims: result.idTokenClaims,
  })
}

try {
  await (flow === 'device' ? withDeviceCode() : withCode())
} catch (error) {
  tell({ error: String(error) })
}
