import { readFileSync } from 'node:fs'

const file = process.env['TEST_CLOCK_FILE'] ?? ''
const OwnDate = Date
const now = Date.now

function offset(): number {
  try {
    return Number(readFileSync(file, 'utf8'))
  } catch {
    return 0
  }
}

// Preloaded into our programs by a test: hours pass when the test writes so into a file.
class MovingDate extends OwnDate {
  static override now(): number {
    return now() + offset()
  }

  constructor(...given: readonly unknown[]) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whatever a Date is made of is handed on
    super(...((given.length === 0 ? [MovingDate.now()] : given) as [number]))
  }
}
Object.assign(globalThis, { Date: MovingDate })
