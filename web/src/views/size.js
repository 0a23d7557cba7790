// How large a box is, so that type in a drawing keeps its size.
import { useLayoutEffect, useRef, useState } from "../ui.js";

// `read(element, before)` says what is measured: a number, or a list of them.
function useMeasured(read, first) {
  const box = useRef();
  const [found, setFound] = useState(first);
  useLayoutEffect(() => {
    const measure = () => box.current && setFound((before) => {
      const now = read(box.current, before);
      return String(now) === String(before) ? before : now;
    });
    measure();
    const watcher = new ResizeObserver(measure);
    if (box.current) watcher.observe(box.current);
    return () => watcher.disconnect();
  }, []);
  return [box, found];
}

export const useSize = (least = [200, 120]) => useMeasured((element) => {
  const { width, height } = element.getBoundingClientRect();
  return [Math.max(least[0], Math.floor(width)), Math.max(least[1], Math.floor(height))];
}, null);

export const useWidth = (first = 640, least = 260) =>
  useMeasured((element, before) => (element.clientWidth ? Math.max(least, element.clientWidth) : before), first);
