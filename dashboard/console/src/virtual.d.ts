/** Made by vite.config.ts of deploy/RUNBOOK.md. */
declare module 'virtual:runbook' {
  export const RUNBOOK: import('./operate/runbook.ts').Runbook
}
