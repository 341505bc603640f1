/**
 * `request` of Node's HTTP client. Importing `node:http` as a module would read every name it exports, among them a web socket that
 * loads all of `fetch`: 4 MB resident that the daemon never uses (measured). Asking for the built-in by name reads only what is used.
 */
export const { request: httpRequest } = process.getBuiltinModule('node:http')
