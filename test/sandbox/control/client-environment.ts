/** What clients of all kinds need in their environment: each of them reads some of these names and no others. */
export function clientEnvironment(proxyUrl: string, caFile: string): Record<string, string> {
  return {
    ...proxyEnvironment(proxyUrl),
    // OpenSSL, Go programs on Linux (crane, oras, Terraform), Rust's native-certs.
    SSL_CERT_FILE: caFile,
    // Node programs.
    NODE_EXTRA_CA_CERTS: caFile,
    // Python's requests: az, msal, azure-identity.
    REQUESTS_CA_BUNDLE: caFile,
    // aws and boto3.
    AWS_CA_BUNDLE: caFile,
    // curl as built by most.
    CURL_CA_BUNDLE: caFile,
    // Or the SDKs' default chains end at an address that no proxy sees.
    AWS_EC2_METADATA_DISABLED: 'true',
  }
}

/** Both spellings, as each client reads only one of them; `NO_PROXY` empty, as an inherited one would open a way out. */
export function proxyEnvironment(proxyUrl: string): Record<string, string> {
  return { HTTPS_PROXY: proxyUrl, https_proxy: proxyUrl, NO_PROXY: '', no_proxy: '' }
}

/** The same for a shell to read. */
export function environmentFile(environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${quoted(value)}\n`)
  return `# Points the clients of this shell at the sandbox.\n${lines.join('')}`
}

/** One word for a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
