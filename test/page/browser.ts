import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

/** How a page is looked at. */
export type Look = { readonly width: number; readonly height: number; readonly colorScheme: 'light' | 'dark' }

/** A page that is open, and everything that it wanted from elsewhere or complained of. */
export type OpenPage = AsyncDisposable & {
  readonly page: Page
  /** URLs beside the page's own. */
  readonly requests: readonly string[]
  readonly complaints: readonly string[]
}

const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']

/** Starts the Chromium of this machine. Throws where there is none: a page that nobody looked at was not tested. */
export async function startBrowser(): Promise<Browser> {
  const named = process.env['CHROMIUM'] ?? ''
  const executablePath = [named, ...usual].find((path) => path !== '' && existsSync(path))
  if (executablePath === undefined)
    throw new Error('there is no Chromium: apt-get install chromium, or name one with CHROMIUM')
  // Root has no user namespaces to put it in, and a tunnel to nowhere shows whatever would leave the machine.
  const args = ['--no-sandbox', '--disable-dev-shm-usage']
  return await chromium.launch({ executablePath, args, proxy: { server: 'http://127.0.0.1:9', bypass: '<-loopback>' } })
}

/** Opens a file. */
export async function openFile(
  browser: Browser,
  path: string,
  { width, height, colorScheme, ...more }: Look & { readonly javaScriptEnabled?: boolean },
): Promise<OpenPage> {
  const context: BrowserContext = await browser.newContext({ viewport: { width, height }, colorScheme, ...more })
  const page = await context.newPage()
  const requests: string[] = []
  const complaints: string[] = []
  const own = `file://${path}`
  page.on('request', (request) => {
    if (request.url().replace(/#.*$/, '') !== own) requests.push(request.url())
  })
  page.on('console', (message) => void complaints.push(message.text()))
  page.on('pageerror', (error) => void complaints.push(error.message))
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  await page.goto(own)
  return { page, requests, complaints, [Symbol.asyncDispose]: async () => await context.close() }
}
