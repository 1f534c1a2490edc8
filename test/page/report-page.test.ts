import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AxeResults } from 'axe-core'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditPage } from '../../steps/report-audit/page/page.ts'
import { root } from '../contract/repository.ts'
import { openFile, startBrowser, type Look } from './browser.ts'
import { richReport } from './rich-report.ts'

const looks = [
  ['phone, light', { width: 360, height: 740, colorScheme: 'light' }],
  ['phone, dark', { width: 360, height: 740, colorScheme: 'dark' }],
  ['desktop, light', { width: 1280, height: 900, colorScheme: 'light' }],
  ['desktop, dark', { width: 1280, height: 900, colorScheme: 'dark' }],
] as const satisfies readonly (readonly [string, Look])[]

const desktop = looks[2][1]

let browser: Browser
let folder: string
let file: string
let axe: string
beforeAll(async () => {
  browser = await startBrowser()
  folder = await mkdtemp(join(tmpdir(), 'tekton-entra-page-'))
  file = join(folder, 'audit-report.html')
  await writeFile(file, auditPage(richReport(), { sha256: 'f'.repeat(64) }))
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
})
afterAll(async () => {
  await browser.close()
  await rm(folder, { recursive: true, force: true })
})

describe.each(looks)('%s', (name, look) => {
  test('is accessible by axe-core’s rules, with every detail opened', async () => {
    await using open = await openFile(browser, file, look)
    await open.page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true })')
    await open.page.evaluate(axe)
    const { violations, passes } = await open.page.evaluate<AxeResults>('axe.run(document)')
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
    expect(found).toEqual([])
    // Contrast is what differs between the themes: it was looked at.
    expect(passes.map(({ id }) => id)).toContain('color-contrast')
  })

  test('asks for nothing, complains of nothing, and needs no scrolling to the side', async () => {
    await using open = await openFile(browser, file, look)
    await open.page.evaluate('document.querySelectorAll("details").forEach((one) => { one.open = true })')
    expect(await open.page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
    const wider = `[...document.querySelectorAll('main *')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1).map((one) => one.outerHTML.slice(0, 80))`
    expect(await open.page.evaluate(wider)).toEqual([])
    expect(open.requests).toEqual([])
    expect(open.complaints).toEqual([])
    await mkdir(join(root, 'build/page'), { recursive: true })
    const path = join(root, 'build/page', `${name.replace(', ', '-')}.png`)
    await open.page.screenshot({ path, fullPage: true })
  })
})

test('the two themes differ, and the style sheet is the one that the policy names', async () => {
  const grounds = await Promise.all(
    [looks[2][1], looks[3][1]].map(async (look) => {
      await using open = await openFile(browser, file, look)
      return await open.page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    }),
  )
  expect(grounds).toEqual(['rgb(255, 255, 255)', 'rgb(17, 22, 29)'])
})

test('works by keyboard alone: the skip link first, then every link, detail and wide table, each with a visible focus', async () => {
  await using open = await openFile(browser, file, desktop)
  const { page } = open
  const focused = async () =>
    await page.evaluate<string>('document.activeElement.outerHTML.replace(/\\s+/g, " ").slice(0, 60)')
  await page.keyboard.press('Tab')
  expect(await focused()).toContain('class="skip"')
  expect(await page.evaluate('document.activeElement.getBoundingClientRect().left')).toBeGreaterThanOrEqual(0)
  await page.keyboard.press('Enter')
  expect(await page.evaluate('document.activeElement.id')).toBe('main')
  const reachable = await page.evaluate<number>(
    'document.querySelectorAll("main a, main summary, main [tabindex=\'0\']").length',
  )
  const seen = new Set<string>()
  for (let step = 0; step < reachable; step += 1) {
    await page.keyboard.press('Tab')
    seen.add(await page.evaluate<string>('String([...document.querySelectorAll("*")].indexOf(document.activeElement))'))
    const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')
    expect({ at: await focused(), outline }).toMatchObject({ outline: 'solid' })
  }
  expect(seen.size).toBe(reachable)
  expect(reachable).toBeGreaterThan(10)
})

test('a detail opens and closes by Enter', async () => {
  await using open = await openFile(browser, file, desktop)
  const { page } = open
  await page.locator('summary').first().focus()
  await page.keyboard.press('Enter')
  expect(await page.evaluate('document.querySelector("details").open')).toBe(true)
  await page.keyboard.press('Enter')
  expect(await page.evaluate('document.querySelector("details").open')).toBe(false)
})

test('the links of the navigation and of the timeline lead to what they name', async () => {
  await using open = await openFile(browser, file, desktop)
  const dangling = `[...document.querySelectorAll('a[href^="#"]')].map((one) => one.getAttribute('href')).filter((to) => document.querySelectorAll('[id="' + to.slice(1) + '"]').length !== 1)`
  expect(await open.page.evaluate(dangling)).toEqual([])
})

test('says what happened to a person without any script', async () => {
  await using open = await openFile(browser, file, { ...desktop, javaScriptEnabled: false })
  const text = await open.page.locator('body').innerText()
  for (const part of [
    'Audit report: release-42',
    'not to be relied on: see the findings',
    'A step ran and left no record',
    'a person: object id 2a3b4c5d-1111-4222-8333-44445555aaaa',
    'an agent: <img src="https://evil.example/x.png"',
    'system:serviceaccount:ci:builder',
    'arn:aws:sts::123456789012:assumed-role/ci-push/ci.push-web-x7k2p',
    `sha256:${'ab12'.repeat(16)}`,
    'ENTRA_SUBJECT_MISMATCH',
    'AADSTS700213',
    'A.8.15',
    'CC6.1',
  ])
    expect(text).toContain(part)
})

test('what came from outside is text: no element of it, no request, no dialog', async () => {
  await using open = await openFile(browser, file, desktop)
  expect(await open.page.locator('img, script, iframe, object, form').count()).toBe(0)
  expect(open.complaints).toEqual([])
  expect(open.requests).toEqual([])
  const source = await readFile(file, 'utf8')
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  expect(source).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202a-\u202e]/)
})

test('were a script or an image there, the page’s own policy would not let it run or load', async () => {
  await using open = await openFile(browser, file, desktop)
  const added = `(() => {
    const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.body.append(script)
    const image = document.createElement('img'); image.src = 'https://evil.example/x.png'; document.body.append(image)
    return new Promise((resolve) => { image.onerror = () => resolve(window.ran === true ? 'ran' : 'refused') })
  })()`
  expect(await open.page.evaluate(added)).toBe('refused')
  expect(open.complaints.join('\n')).toMatch(/Content Security Policy/)
})

test('prints without navigation', async () => {
  await using open = await openFile(browser, file, desktop)
  await open.page.emulateMedia({ media: 'print' })
  expect(await open.page.locator('nav').isVisible()).toBe(false)
  expect(await open.page.locator('h1').isVisible()).toBe(true)
})
