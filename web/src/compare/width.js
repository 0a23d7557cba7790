// How wide a box is, so that type in a drawing has the size of the text around it at every width.
import { useLayoutEffect, useRef, useState } from "../ui.js";

export function useWidth(first = 640) {
  const box = useRef();
  const [width, setWidth] = useState(first);
  useLayoutEffect(() => {
    const measure = () => box.current?.clientWidth && setWidth(Math.max(260, box.current.clientWidth));
    measure();
    const watcher = new ResizeObserver(measure);
    if (box.current) watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  return [box, width];
}
