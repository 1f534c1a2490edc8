/** Version of this package, as records and the User-Agent name it; kept equal to package.json by a test. */
export const version = '0.1.0'
