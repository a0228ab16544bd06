/**
 * Under the page's policy no text becomes markup. The component library writes style sheets as text; nothing else may pass, and
 * what looks like markup is refused.
 */
interface TrustedTypes {
  createPolicy(name: string, rules: { createHTML: (text: string) => string }): unknown;
}

const factory = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;

factory?.createPolicy('default', {
  createHTML(text) {
    if (/<[a-z!/?]/i.test(text)) throw new TypeError('Markup from text is refused.');
    return text;
  },
});

/** The page's own nonce for style sheets, which the server makes anew for each page. */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
