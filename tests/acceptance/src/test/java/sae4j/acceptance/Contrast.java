// Copyright the sae4j authors. SPDX-License-Identifier: Apache-2.0

package sae4j.acceptance;

/// JavaScript that finds text which people cannot read.
final class Contrast {
  private Contrast() {}

  /// Text below 4.5 to 1, or 3 to 1 where it is large (WCAG 2.1, 1.4.3): the colours of each text
  /// against everything painted below it.
  static final String POOR =
      """
      (() => {
        const canvas = document.createElement('canvas')
          .getContext('2d', { willReadFrequently: true });
        const rgba = colour => {
          canvas.clearRect(0, 0, 1, 1);
          canvas.fillStyle = colour;
          canvas.fillRect(0, 0, 1, 1);
          const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
          return [r, g, b, a / 255];
        };
        const over = (top, below) =>
          top.slice(0, 3).map((c, i) => c * top[3] + below[i] * (1 - top[3]));
        const light = rgb => {
          const [r, g, b] = rgb.map(c => c / 255)
            .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const below = element => {
          const layers = [];
          for (let e = element; e; e = e.parentElement) {
            layers.push(rgba(getComputedStyle(e).backgroundColor));
          }
          return layers.reduceRight((under, layer) => over(layer, under), [255, 255, 255]);
        };
        const poor = [];
        const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        let seen = 0;
        while (texts.nextNode()) {
          const element = texts.currentNode.parentElement;
          const text = texts.currentNode.textContent;
          if (!text.trim() || !element.checkVisibility()) continue;
          if (element.closest('script, style, noscript, title, .skip, #tip')) continue;
          seen++;
          const style = getComputedStyle(element);
          const paper = below(element);
          const drawn = element.namespaceURI.endsWith('/svg');
          const ink = over(rgba(drawn ? style.fill : style.color), paper);
          const [high, low] = [light(ink), light(paper)].sort((a, b) => b - a);
          const size = parseFloat(style.fontSize);
          const large = size >= 24 || size >= 18.66 && style.fontWeight >= 700;
          const contrast = (high + 0.05) / (low + 0.05);
          if (contrast < (large ? 3 : 4.5)) {
            const name = element.className || element.tagName;
            poor.push(`${name} "${text.slice(0, 20)}" ${contrast.toFixed(2)}`);
          }
        }
        return seen < 20 ? ['only ' + seen + ' texts were looked at'] : poor;
      })()
      """;
}
