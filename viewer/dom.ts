/** What an element can be given. There is no way to give it markup: text is text. */
export interface Properties {
  class?: string
  text?: string
  title?: string
  id?: string
  /** Other attributes, as they stand in HTML. */
  attributes?: Record<string, string>
}

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { class: className, text, title, id, attributes }: Properties = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag)
  if (className) element.className = className
  if (text !== undefined) element.textContent = text
  if (title !== undefined) element.title = title
  if (id) element.id = id
  for (const [name, value] of Object.entries(attributes ?? {})) element.setAttribute(name, value)
  element.append(...children)
  return element
}

/** The element of index.html with an id. */
export function part<T extends Element = HTMLElement>(id: string): T {
  const found = document.getElementById(id)
  if (!found) throw new Error(`no element #${id}`)
  return found as unknown as T
}

/** What waits is done: a key that was pressed, a frame that came. */
export const answered = () => new Promise<void>(resolve => setTimeout(resolve))

/** Calls at most once a frame of the screen, with what it was last called with. */
export function onNextFrame<A extends unknown[]>(run: (...args: A) => void): (...args: A) => void {
  let last: A | undefined
  return (...args) => {
    if (!last)
      requestAnimationFrame(() => {
        const latest = last!
        last = undefined
        run(...latest)
      })
    last = args
  }
}
