import https from 'node:https'

const { request } = https

// Preloaded into a step program by a test: the limits on silence are 40 times shorter, so that a stall takes seconds and not minutes.
function impatient(url: URL, options: https.RequestOptions): ReturnType<typeof request> {
  return request(url, { ...options, ...(options.timeout === undefined ? {} : { timeout: options.timeout / 40 }) })
}
Object.assign(https, { request: impatient })
