interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): unknown
}

/**
 * The policy that the page's Content-Security-Policy allows, and the only one: a script may come from beside this one.
 * Nothing makes markup of text, so that a browser with Trusted Types refuses it whatever a value says.
 */
export function trustOwnScripts(): void {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
  trustedTypes?.createPolicy('default', {
    createScriptURL(address) {
      const { href } = new URL(address, import.meta.url)
      if (href.startsWith(new URL('.', import.meta.url).href)) return href
      throw new TypeError(`not a script of this page: ${href}`)
    },
  })
}
