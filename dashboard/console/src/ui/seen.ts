import { type ReadonlySignal, useSignal } from '@preact/signals'
import type { Ref } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** Above and below the window this much counts as in view: what scrolls in is there already. */
const MARGIN = '300px'

/** Is the element in the window, or nearly? False until the browser has said so. */
export const useSeen = <E extends Element>(): { readonly ref: Ref<E>; readonly seen: ReadonlySignal<boolean> } => {
  const ref = useRef<E | null>(null)
  const seen = useSignal(false)
  useEffect(() => {
    const target = ref.current
    if (target === null) return
    const watch = new IntersectionObserver(
      (entries) => {
        seen.value = entries.at(-1)?.isIntersecting === true
      },
      { rootMargin: MARGIN },
    )
    watch.observe(target)
    return () => watch.disconnect()
  }, [])
  return { ref, seen }
}
