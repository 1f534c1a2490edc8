import { stepError } from '../../core/errors.ts'
import type { Digest } from '../digest.ts'

/** One of the images in a source, by all its names. */
export type NamedImage<T> = {
  readonly names: readonly string[]
  readonly digest: Digest
  readonly image: T
}

/** How many images a message lists. */
const listed = 20

/**
 * The image that `ref` names by its digest, its whole name, or the end of its name after a slash (`web:1.4` of `example.org/shop/web:1.4`);
 * without `ref` the only one. One image under several names is still one. Throws LAYOUT_AMBIGUOUS, LAYOUT_REF_UNKNOWN.
 */
export function chooseImage<T>(path: string, images: readonly NamedImage<T>[], ref = ''): T {
  const found = ref === '' ? images : matching(images, ref)
  if (found.length === 0 && ref !== '') throw stepError('LAYOUT_REF_UNKNOWN', { path, ref, images: list(images) })
  const distinct = new Map(found.map(({ digest, image }) => [digest, image]))
  const [chosen] = distinct.values()
  if (chosen !== undefined && distinct.size === 1) return chosen
  throw stepError('LAYOUT_AMBIGUOUS', { path, count: String(distinct.size), images: list(found) })
}

function matching<T>(images: readonly NamedImage<T>[], ref: string): readonly NamedImage<T>[] {
  const exact = images.filter(({ names, digest }) => digest === ref || names.includes(ref))
  return exact.length > 0 ? exact : images.filter(({ names }) => names.some((name) => name.endsWith(`/${ref}`)))
}

function list(images: readonly NamedImage<unknown>[]): string {
  const shown = images.slice(0, listed).map(({ names, digest }) => `${names.join(' ') || '(no name)'} ${digest}`)
  const rest = images.length - shown.length
  return [...shown, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ')
}
