const skewMs = Number(process.env['TEST_CLOCK_SKEW_MS'])
const OwnDate = Date
const now = Date.now

// Preloaded into a step program by a test: a pod on a node whose clock is wrong.
class SkewedDate extends OwnDate {
  static override now(): number {
    return now() + skewMs
  }

  constructor(...given: readonly unknown[]) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- whatever a Date is made of is handed on
    super(...((given.length === 0 ? [SkewedDate.now()] : given) as [number]))
  }
}
Object.assign(globalThis, { Date: SkewedDate })
