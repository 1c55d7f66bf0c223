using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Fieldkeep.Server.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Fieldkeep.Server.Wire.Shared;

/// <summary>Refuses parameters of an address that are out of the range its contract declares, before anything else sees them.</summary>
internal static class ParameterRanges
{
    private const string Limit = "limit";
    private const string BadLimit = "query.bad_limit";
    private const string Refused = "request.refused";

    /// <summary>Holds the ranges of all addresses below: 400 <c>query.bad_limit</c> for the length of a page, <c>request.refused</c> for all else.</summary>
    public static RouteGroupBuilder WithinRanges(this RouteGroupBuilder group)
    {
        ((IEndpointConventionBuilder)group).Add(route =>
        {
            var ranges = route.Metadata.OfType<MethodInfo>().SelectMany(RangesOf).ToArray();
            if (ranges.Length == 0)
            {
                return;
            }

            if (ranges.Any(one => one.Name == Limit))
            {
                route.Metadata.Add(new RefusalMetadata(StatusCodes.Status400BadRequest, [BadLimit]));
            }

            route.FilterFactories.Add((_, next) => invocation =>
            {
                foreach (var range in ranges)
                {
                    range.Require(invocation.Arguments);
                }

                return next(invocation);
            });
        });
        return group;
    }

    private static IEnumerable<ParameterRange> RangesOf(MethodInfo handler)
    {
        foreach (var (at, parameter) in handler.GetParameters().Index())
        {
            if (parameter.GetCustomAttribute<RangeAttribute>() is { } range)
            {
                yield return new ParameterRange(parameter.Name!, at, null, range);
            }

            if (parameter.GetCustomAttribute<AsParametersAttribute>() is null)
            {
                continue;
            }

            foreach (var property in parameter.ParameterType.GetProperties())
            {
                if (property.GetCustomAttribute<RangeAttribute>() is { } inner)
                {
                    yield return new ParameterRange(JsonNamed(property.Name), at, property, inner);
                }
            }
        }
    }

    private static string JsonNamed(string property) => char.ToLowerInvariant(property[0]) + property[1..];

    // Property is null where the parameter stands in the handler itself.
    private sealed record ParameterRange(string Name, int At, PropertyInfo? Property, RangeAttribute Range)
    {
        public void Require(IList<object?> arguments)
        {
            var given = Property is null ? arguments[At] : Property.GetValue(arguments[At]);
            if (!Range.IsValid(given))
            {
                throw new ProblemException(Name == Limit ? BadLimit : Refused, StatusCodes.Status400BadRequest, $"“{Name}” must be {Told}.");
            }
        }

        // What has no end is declared with the largest number there is.
        private string Told => Convert.ToDouble(Range.Maximum, CultureInfo.InvariantCulture) >= int.MaxValue
            ? string.Create(CultureInfo.InvariantCulture, $"{Range.Minimum} or more")
            : string.Create(CultureInfo.InvariantCulture, $"from {Range.Minimum} to {Range.Maximum}");
    }
}
