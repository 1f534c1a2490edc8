import type { Row } from '../row.ts'
import { archiveRows } from './archive.ts'
import { copyRows } from './copy.ts'
import { exchange } from './exchange.ts'
import { handOuts } from './hand-outs.ts'
import { pushRows } from './push.ts'
import { repushRows } from './repush.ts'
import { slowRows } from './slow.ts'
import { stepRows } from './step.ts'
import { twoDestinations } from './two-destinations.ts'

/** Every row, in the order of the report. */
export const allRows: readonly Row[] = [
  exchange,
  ...pushRows,
  ...repushRows,
  ...archiveRows,
  ...slowRows,
  ...copyRows,
  twoDestinations,
  ...stepRows,
  handOuts,
]
