import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { root } from './contract/repository.ts'

const run = promisify(execFile)

test('npm start pushes to both registries, shows a refusal with its remedy, and leaves nothing running', async () => {
  const { stdout } = await run(process.execPath, ['test/sandbox/tour.ts'], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '' },
  })
  expect(stdout).toContain('IMAGE_URL\n         contoso.azurecr.io/shop/web:1.4.2')
  expect(stdout).toContain('IMAGE_URL\n         123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop/web:1.4.2')
  expect(stdout).toContain('error    ENTRA_SUBJECT_MISMATCH   push-image')
  expect(stdout).toContain('"subject": "system:serviceaccount:ci:intruder"')
  expect(stdout.match(/every one as its digest says/g)).toHaveLength(2)
  expect(stdout).toContain('\n  none\n')
  expect(stdout).toContain('\n  build/tour/audit-report.html\n')
  const page = await readFile(`${root}/build/tour/audit-report.html`, 'utf8')
  expect(page).toContain('complete: every record is there and unaltered')
  expect(page.match(/record verified<\/span>/g)).toHaveLength(3)
  // It is shown at 80 columns: no line may be broken by the terminal.
  expect(stdout.split('\n').filter((line) => Array.from(line).length > 80)).toEqual([])
})
