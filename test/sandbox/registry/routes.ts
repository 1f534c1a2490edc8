/** What a path of the distribution API names; parts that a kind lacks are empty. */
export type Route = { readonly kind: RouteKind; readonly name: string; readonly reference: string }
export type RouteKind = 'base' | 'none' | 'catalog' | 'uploads' | 'upload' | 'blob' | 'manifest' | 'tags' | 'referrers'

/** spec.md "Endpoints". Order matters: `blobs/uploads/` would also match as a blob. */
const ROUTES: readonly (readonly [RouteKind, RegExp])[] = [
  ['base', /^\/v2\/$/],
  ['catalog', /^\/v2\/_catalog$/],
  ['uploads', /^\/v2\/(?<name>.+)\/blobs\/uploads\/$/],
  ['upload', /^\/v2\/(?<name>.+)\/blobs\/uploads\/(?<reference>[^/]+)$/],
  ['blob', /^\/v2\/(?<name>.+)\/blobs\/(?<reference>[^/]+)$/],
  ['manifest', /^\/v2\/(?<name>.+)\/manifests\/(?<reference>[^/]+)$/],
  ['tags', /^\/v2\/(?<name>.+)\/tags\/list$/],
  ['referrers', /^\/v2\/(?<name>.+)\/referrers\/(?<reference>[^/]+)$/],
]

/** The route of a path; `none` when the distribution API has none like it. */
export const parseRoute = (pathname: string): Route => {
  const path = decodePath(pathname)
  for (const [kind, pattern] of ROUTES) {
    const match = pattern.exec(path)
    if (match !== null)
      return { kind, name: match.groups?.['name'] ?? '', reference: match.groups?.['reference'] ?? '' }
  }
  return { kind: 'none', name: '', reference: '' }
}

const decodePath = (pathname: string): string => {
  try {
    return decodeURIComponent(pathname)
  } catch {
    return ''
  }
}

const NAME = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/
/** spec.md "Pulling manifests", implementers' note: host, slash and name together. */
const LONGEST_HOST_AND_NAME = 255

/** Whether a repository may have this name on this host. */
export const isRepositoryName = (name: string, host: string): boolean =>
  host.length + 1 + name.length <= LONGEST_HOST_AND_NAME && NAME.test(name)

/** Whether the text is a tag; a digest is not. */
export const isTag = (text: string): boolean => TAG.test(text)
