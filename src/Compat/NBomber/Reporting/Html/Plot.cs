using System.Text;

namespace NBomber.Reporting.Html;

/// <summary>The frame of a chart: axes, grid, labels, and where values lie in it. Everything is drawn here, as inline SVG.</summary>
internal sealed class Plot
{
    public const double Width = 520;
    public const double Height = 250;

    private const double Left = 58;
    private const double Right = 12;
    private const double Top = 32;
    private const double Bottom = 34;

    private readonly StringBuilder _svg = new();
    private readonly Scale _y;

    /// <param name="title">Read out instead of the picture, with the summary.</param>
    /// <param name="summary">What is to be seen.</param>
    /// <param name="highest">The largest value.</param>
    /// <param name="unit">Of the values.</param>
    public Plot(string title, string summary, double highest, string unit)
    {
        _y = new Scale(highest, InnerHeight);
        _svg.Append($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Markup.Escape($"{title}. {summary}")}\">");
        foreach (var tick in _y.Ticks)
        {
            var y = Markup.At(Y(tick));
            _svg.Append($"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y}\" y2=\"{y}\"/>");
            _svg.Append($"<text class=\"tick\" x=\"{Left - 8}\" y=\"{Markup.At(Y(tick) + 4)}\" ");
            _svg.Append($"text-anchor=\"end\">{Text.Tick(tick, _y.Step)}</text>");
        }

        _svg.Append($"<text class=\"unit\" x=\"{Left - 8}\" y=\"13\" text-anchor=\"end\">{Markup.Escape(unit)}</text>");
    }

    public static double InnerWidth => Width - Left - Right;

    public static double InnerHeight => Height - Top - Bottom;

    public double Y(double value) => Top + InnerHeight - _y.Of(value);

    public static double X(double share) => Left + (share * InnerWidth);

    public void XTick(double share, string label)
    {
        var anchor = share > 0.97 ? "end" : share < 0.03 ? "start" : "middle";
        _svg.Append($"<text class=\"tick\" x=\"{Markup.At(X(share))}\" y=\"{Height - 12}\" text-anchor=\"{anchor}\">");
        _svg.Append(Markup.Escape(label)).Append("</text>");
    }

    public void XGrid(double share)
    {
        var x = Markup.At(X(share));
        _svg.Append($"<line class=\"grid\" x1=\"{x}\" x2=\"{x}\" y1=\"{Top}\" y2=\"{Height - Bottom}\"/>");
    }

    /// <summary>A line through points; null values leave a gap.</summary>
    public void Line(string style, IEnumerable<(double Share, double? Value)> points)
    {
        var path = new StringBuilder();
        var pen = false;
        var alone = 0;
        var last = (X: "", Y: "");
        void Dot()
        {
            // A single point between gaps would not show as a line.
            if (alone == 1)
                _svg.Append($"<circle class=\"dot {style}\" cx=\"{last.X}\" cy=\"{last.Y}\" r=\"2.5\"/>");
            alone = 0;
        }

        foreach (var (share, value) in points)
        {
            if (value is null)
            {
                pen = false;
                Dot();
                continue;
            }

            last = (Markup.At(X(share)), Markup.At(Y(value.Value)));
            path.Append(pen ? 'L' : 'M').Append(last.X).Append(' ').Append(last.Y);
            pen = true;
            alone++;
        }

        Dot();
        _svg.Append($"<path class=\"line {style}\" d=\"{path}\"/>");
    }

    public void Area(string style, IReadOnlyList<(double Share, double Value)> points)
    {
        if (points.Count == 0)
            return;
        var path = new StringBuilder($"M{Markup.At(X(points[0].Share))} {Markup.At(Y(0))}");
        foreach (var (share, value) in points)
            path.Append($"L{Markup.At(X(share))} {Markup.At(Y(value))}");
        path.Append($"L{Markup.At(X(points[^1].Share))} {Markup.At(Y(0))}Z");
        _svg.Append($"<path class=\"area {style}\" d=\"{path}\"/>");
    }

    public void Bar(string style, double from, double to, double bottom, double top)
    {
        // A hair of space between bars, unless they are hairs themselves; and no bar so low that it is not seen.
        var width = X(to) - X(from);
        var gap = width > 3 ? 1 : 0;
        var height = Math.Max(top > bottom ? 1 : 0, Y(bottom) - Y(top));
        _svg.Append($"<rect class=\"bar {style}\" x=\"{Markup.At(X(from) + (gap / 2.0))}\" ");
        _svg.Append($"width=\"{Markup.At(Math.Max(0.6, width - gap))}\" ");
        _svg.Append($"y=\"{Markup.At(Y(bottom) - height)}\" height=\"{Markup.At(height)}\"/>");
    }

    /// <summary>Told when the pointer rests there.</summary>
    public void Hint(double from, double to, string text)
    {
        _svg.Append($"<rect class=\"hint\" x=\"{Markup.At(X(from))}\" width=\"{Markup.At(Math.Max(0.6, X(to) - X(from)))}\" y=\"{Top}\" ");
        _svg.Append($"height=\"{InnerHeight}\"><title>{Markup.Escape(text)}</title></rect>");
    }

    public override string ToString() => _svg + "</svg>";
}
