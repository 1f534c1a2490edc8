import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { example } from '../sandbox/example-cloud.ts'
import { acrImage, ecrImage, openFrontDoor, type Variation } from './front-door.ts'

const nowhere = 'http://127.0.0.1:1'
const otherId = '00000000-1111-4222-8333-000000000001'

let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'tekton-entra-home-'))
  await mkdir(join(home, '.aws'))
  const profile = `region = us-gov-west-1\nendpoint_url = ${nowhere}\nuse_fips_endpoint = true\ndefaults_mode = nonsense\nretry_mode = nonsense\nmax_attempts = nonsense\n`
  await writeFile(join(home, '.aws', 'config'), `[default]\n${profile}[profile nobody]\n${profile}`)
  await writeFile(
    join(home, '.aws', 'credentials'),
    '[default]\naws_access_key_id = AKIAGARBAGE\naws_secret_access_key = garbage\n',
  )
})
afterAll(async () => await rm(home, { recursive: true, force: true }))

/** What a node, an admission webhook or an image may leave in the environment. */
const ambient = (): Record<string, string> => ({
  HOME: home,
  AWS_ACCESS_KEY_ID: 'AKIAGARBAGE',
  AWS_SECRET_ACCESS_KEY: 'garbage',
  AWS_SESSION_TOKEN: 'garbage',
  AWS_PROFILE: 'nobody',
  AWS_CONFIG_FILE: join(home, '.aws', 'config'),
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere/credentials',
  AWS_SDK_LOAD_CONFIG: '1',
  AWS_REGION: 'us-gov-west-1',
  AWS_DEFAULT_REGION: 'us-gov-west-1',
  AWS_ENDPOINT_URL: nowhere,
  AWS_ENDPOINT_URL_STS: nowhere,
  AWS_ENDPOINT_URL_ECR: nowhere,
  AWS_USE_FIPS_ENDPOINT: 'true',
  AWS_USE_DUALSTACK_ENDPOINT: 'true',
  AWS_STS_REGIONAL_ENDPOINTS: 'legacy',
  AWS_CA_BUNDLE: '/nowhere/ca.pem',
  AWS_ROLE_ARN: 'arn:aws:iam::210987654321:role/node',
  AWS_ROLE_SESSION_NAME: 'node',
  AWS_WEB_IDENTITY_TOKEN_FILE: '/nowhere/token',
  AWS_CONTAINER_CREDENTIALS_FULL_URI: nowhere,
  AWS_MAX_ATTEMPTS: 'nonsense',
  AWS_RETRY_MODE: 'nonsense',
  AWS_DEFAULTS_MODE: 'nonsense',
  AWS_EXECUTION_ENV: 'garbage',
  AWS_SDK_UA_APP_ID: 'garbage',
  AZURE_TENANT_ID: otherId,
  AZURE_CLIENT_ID: otherId,
  AZURE_AUTHORITY_HOST: 'https://login.garbage.example/',
  AZURE_CLIENT_SECRET: 'garbage',
  AZURE_CLIENT_CERTIFICATE_PATH: '/nowhere/cert.pem',
  AZURE_REGIONAL_AUTHORITY_NAME: 'westeurope',
  AZURE_ADDITIONALLY_ALLOWED_TENANTS: '*',
  AZURE_IDENTITY_DISABLE_MULTITENANTAUTH: '1',
  AZURE_TOKEN_CREDENTIALS: 'dev',
  AZURE_POD_IDENTITY_AUTHORITY_HOST: nowhere,
  AZURE_KUBERNETES_TOKEN_PROXY: 'https://127.0.0.1:1',
  AZURE_KUBERNETES_CA_FILE: '/nowhere/ca.pem',
  AZURE_LOG_LEVEL: 'verbose',
  MSAL_FORCE_REGION: 'westeurope',
  REGION_NAME: 'westeurope',
  IDENTITY_ENDPOINT: nowhere,
  IDENTITY_HEADER: 'garbage',
  MSI_ENDPOINT: nowhere,
  MSI_SECRET: 'garbage',
  ARM_CLIENT_ID: otherId,
  DOCKER_CONFIG: home,
  DEBUG: '*',
})

test.each([
  ['ACR', acrImage],
  ['ECR', ecrImage],
])(
  'a push to %s asks the same of the same hosts, and says the same, whatever the environment holds',
  async (_name, image) => {
    // With the documented webhook variables overruled by the profile.
    const profile = { 'azure-cloud': 'AzureCloud' }
    const clean = await pushFresh(image, { profile })
    const littered = await pushFresh(image, { profile, run: { extraEnv: ambient() } })
    expect(littered).toEqual(clean)
  },
)

test("takes the AKS webhook's own variables, and nothing else, where nothing else is said", async () => {
  const extraEnv = {
    ...ambient(),
    AZURE_TENANT_ID: example.tenantId,
    AZURE_CLIENT_ID: example.clientId,
    AZURE_AUTHORITY_HOST: 'https://login.microsoftonline.com/',
  }
  const { results } = await pushFresh(acrImage, {
    profile: { 'tenant-id': undefined, 'client-id': undefined },
    run: { extraEnv },
  })
  expect(results.image).toBe(acrImage)
})

/** One push into clouds that nobody has used, with what depends on chance and time taken out. */
async function pushFresh(image: string, variation: Variation) {
  await using door = await openFrontDoor()
  const { results, step, record } = await door.push(image, variation)
  const plain = (text: string): string =>
    text
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?=[/?]|$)/g, 'ID')
      .replace(/\/tmp\/\S+/g, 'FOLDER')
      .replace(/, [\d.]+ m?s, .*/, '')
  return {
    said: step.stderr.split('\n').map(plain),
    requests: door.sandbox.journal.entries
      .map(({ host, method, path, status, userAgent = '' }) =>
        plain(`${method} ${host}${path}`).concat(` ${status} ${userAgent}`),
      )
      .toSorted(),
    identity: record.data.identity,
    results: { image: results['IMAGE_URL'], digest: results['IMAGE_DIGEST'] },
  }
}
