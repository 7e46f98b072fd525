// The part of the page's address behind `#`: the key of what is selected.

/** The key that the address names; what is no text in it names nothing. */
export function addressed(): string {
  try {
    return decodeURI(location.hash.slice(1));
  } catch {
    return "";
  }
}

/** Let the address name a key, or nothing. */
export function address(key: string): void {
  if (addressed() !== key) history.replaceState(null, "", key ? `#${encodeURI(key)}` : location.pathname + location.search);
}
