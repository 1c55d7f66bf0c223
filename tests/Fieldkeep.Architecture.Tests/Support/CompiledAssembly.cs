using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Fieldkeep.Architecture.Tests.Support;

/// <summary>A compiled assembly as its metadata and IL tell it: which types it has, and what each uses.</summary>
/// <remarks>
/// Nested types, lambdas and state machines count as the outermost type that holds them.
/// The compiler leaves no trace of inlined constants and of <c>nameof</c>: those uses are not seen.
/// </remarks>
internal sealed class CompiledAssembly
{
    // ldftn, ECMA-335 III.4.13: a method that is handed on.
    private const int LoadFunction = 0xFE06;

    private readonly MetadataReader _metadata;
    private readonly PEReader _image;
    private readonly NamesInSignature _names = new();

    private CompiledAssembly(PEReader image)
    {
        _image = image;
        _metadata = image.GetMetadataReader();
        References = [.. _metadata.AssemblyReferences.Select(handle => _metadata.GetString(_metadata.GetAssemblyReference(handle).Name))];
        Types = [.. _metadata.TypeDefinitions.Where(IsOurs).GroupBy(OutermostOf).Select(Describe).Where(type => type.Name != "<Module>")];
    }

    /// <summary>The names of the assemblies it refers to.</summary>
    public IReadOnlyList<string> References { get; }

    /// <summary>Its outermost types.</summary>
    public IReadOnlyList<CompiledType> Types { get; }

    /// <summary>Reads an assembly that lies beside the tests.</summary>
    public static CompiledAssembly Read(string name)
    {
        using var image = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, name + ".dll")));
        return new CompiledAssembly(image);
    }

    private bool IsOurs(TypeDefinitionHandle handle) =>
        !_metadata.GetString(_metadata.GetTypeDefinition(OutermostOf(handle)).Name).StartsWith('<');

    private TypeDefinitionHandle OutermostOf(TypeDefinitionHandle handle)
    {
        while (_metadata.GetTypeDefinition(handle).GetDeclaringType() is { IsNil: false } outer)
        {
            handle = outer;
        }

        return handle;
    }

    private CompiledType Describe(IGrouping<TypeDefinitionHandle, TypeDefinitionHandle> parts)
    {
        var uses = new HashSet<string>(StringComparer.Ordinal);
        var texts = new List<string>();
        var steps = new List<CompiledStep>();
        foreach (var part in parts)
        {
            Collect(_metadata.GetTypeDefinition(part), uses, texts);
            steps.AddRange(StepsOf(_metadata.GetTypeDefinition(part)));
        }

        var type = _metadata.GetTypeDefinition(parts.Key);
        var methods = type.GetMethods().Select(_metadata.GetMethodDefinition)
            .Where(method => (method.Attributes & MethodAttributes.MemberAccessMask) == MethodAttributes.Public
                && !method.Attributes.HasFlag(MethodAttributes.Static)
                && !method.Attributes.HasFlag(MethodAttributes.SpecialName))
            .Select(Describe);
        return new CompiledType(_metadata.GetString(type.Namespace), _metadata.GetString(type.Name), uses, texts, [.. methods]) { Steps = steps };
    }

    private CompiledMethod Describe(MethodDefinition method) =>
        new(
            _metadata.GetString(method.Name),
            [.. method.DecodeSignature(_names, null).ParameterTypes.Select(names => names.Length > 0 ? names[0] : "")]);

    private void Collect(TypeDefinition type, HashSet<string> uses, List<string> texts)
    {
        uses.UnionWith(NamesIn(type.BaseType));
        uses.UnionWith(type.GetInterfaceImplementations().SelectMany(one => NamesIn(_metadata.GetInterfaceImplementation(one).Interface)));
        uses.UnionWith(Attributes(type.GetCustomAttributes()));
        foreach (var field in type.GetFields().Select(_metadata.GetFieldDefinition))
        {
            uses.UnionWith(field.DecodeSignature(_names, null));
            if (field.GetDefaultValue() is { IsNil: false } constant && _metadata.GetConstant(constant) is { TypeCode: ConstantTypeCode.String } text)
            {
                texts.Add((string?)_metadata.GetBlobReader(text.Value).ReadConstant(ConstantTypeCode.String) ?? "");
            }
        }

        foreach (var method in type.GetMethods().Select(_metadata.GetMethodDefinition))
        {
            Collect(method, uses, texts);
        }
    }

    private void Collect(MethodDefinition method, HashSet<string> uses, List<string> texts)
    {
        var signature = method.DecodeSignature(_names, null);
        uses.UnionWith(signature.ReturnType);
        uses.UnionWith(signature.ParameterTypes.SelectMany(names => names));
        uses.UnionWith(Attributes(method.GetCustomAttributes()));
        if (method.RelativeVirtualAddress == 0)
        {
            return;
        }

        var body = _image.GetMethodBody(method.RelativeVirtualAddress);
        if (!body.LocalSignature.IsNil)
        {
            uses.UnionWith(_metadata.GetStandaloneSignature(body.LocalSignature).DecodeLocalSignature(_names, null).SelectMany(names => names));
        }

        uses.UnionWith(body.ExceptionRegions.SelectMany(region => NamesIn(region.CatchType)));
        foreach (var token in IlTokens.In(body.GetILReader()))
        {
            // 0x70: a string of the program, ECMA-335 II.24.2.4.
            if (token >>> 24 == 0x70)
            {
                texts.Add(_metadata.GetUserString(MetadataTokens.UserStringHandle(token & 0x00FF_FFFF)));
            }
            else
            {
                uses.UnionWith(NamesIn(MetadataTokens.EntityHandle(token)));
            }
        }
    }

    // What an async method or an iterator does stands in a type of its own, named for it: “<RunAsync>d__7”.
    private IEnumerable<CompiledStep> StepsOf(TypeDefinition type)
    {
        var name = _metadata.GetString(type.Name);
        var made = name.LastIndexOf(">d", StringComparison.Ordinal);
        foreach (var method in type.GetMethods().Select(_metadata.GetMethodDefinition).Where(method => method.RelativeVirtualAddress != 0))
        {
            var from = name.StartsWith('<') && made > 0 ? name[1..made] : _metadata.GetString(method.Name);
            foreach (var (operation, token) in IlTokens.StepsIn(_image.GetMethodBody(method.RelativeVirtualAddress).GetILReader()))
            {
                if (token >>> 24 == 0x70)
                {
                    yield return new CompiledStep(from, "", _metadata.GetUserString(MetadataTokens.UserStringHandle(token & 0x00FF_FFFF)), false);
                }
                else if (MemberOf(MetadataTokens.EntityHandle(token)) is var (owner, member))
                {
                    yield return new CompiledStep(from, owner, member, operation == LoadFunction);
                }
            }
        }
    }

    private (string Owner, string Member)? MemberOf(EntityHandle handle) => handle.Kind switch
    {
        HandleKind.MethodDefinition => (
            Owner(handle), _metadata.GetString(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).Name)),
        HandleKind.MemberReference => (
            Owner(handle), _metadata.GetString(_metadata.GetMemberReference((MemberReferenceHandle)handle).Name)),
        HandleKind.MethodSpecification => MemberOf(_metadata.GetMethodSpecification((MethodSpecificationHandle)handle).Method),
        _ => null,
    };

    private string Owner(EntityHandle member) => NamesIn(member) is [var first, ..] ? first : "";

    private IEnumerable<string> Attributes(CustomAttributeHandleCollection attributes) =>
        attributes.SelectMany(handle => NamesIn(_metadata.GetCustomAttribute(handle).Constructor));

    private ImmutableArray<string> NamesIn(EntityHandle handle)
    {
        if (handle.IsNil)
        {
            return [];
        }

        switch (handle.Kind)
        {
            case HandleKind.TypeDefinition:
                return _names.GetTypeFromDefinition(_metadata, OutermostOf((TypeDefinitionHandle)handle), 0);
            case HandleKind.TypeReference:
                return _names.GetTypeFromReference(_metadata, (TypeReferenceHandle)handle, 0);
            case HandleKind.TypeSpecification:
                return _metadata.GetTypeSpecification((TypeSpecificationHandle)handle).DecodeSignature(_names, null);
            case HandleKind.MethodDefinition:
                return NamesIn(_metadata.GetMethodDefinition((MethodDefinitionHandle)handle).GetDeclaringType());
            case HandleKind.FieldDefinition:
                return NamesIn(_metadata.GetFieldDefinition((FieldDefinitionHandle)handle).GetDeclaringType());
            case HandleKind.MemberReference:
                return NamesIn(_metadata.GetMemberReference((MemberReferenceHandle)handle).Parent);
            case HandleKind.MethodSpecification:
                var generic = _metadata.GetMethodSpecification((MethodSpecificationHandle)handle);
                return [.. NamesIn(generic.Method), .. generic.DecodeSignature(_names, null).SelectMany(names => names)];
            default:
                return [];
        }
    }
}

/// <summary>An outermost type of an assembly.</summary>
/// <param name="Uses">Full names of the types it mentions, ours and others.</param>
/// <param name="Texts">Its constant strings and those in its methods.</param>
/// <param name="PublicMethods">Its own public instance methods, without properties.</param>
internal sealed record CompiledType(
    string Namespace,
    string Name,
    IReadOnlySet<string> Uses,
    IReadOnlyList<string> Texts,
    IReadOnlyList<CompiledMethod> PublicMethods)
{
    /// <summary>What its methods mention, those of its nested types too, in order.</summary>
    public IReadOnlyList<CompiledStep> Steps { get; init; } = [];

    /// <summary>Namespace and name.</summary>
    public string FullName => $"{Namespace}.{Name}";
}

/// <summary>A method by its name and the full names of its parameters' types; a generic one by its outer type.</summary>
internal sealed record CompiledMethod(string Name, IReadOnlyList<string> Parameters);

/// <summary>A method or a text that a method mentions.</summary>
/// <param name="From">The method that does; a lambda by the name the compiler gave it.</param>
/// <param name="Owner">The full name of the outermost type of what is mentioned; empty for a text.</param>
/// <param name="Member">The method, or the text.</param>
/// <param name="IsHandedOn">Whether it is not called but handed on, as a delegate.</param>
internal sealed record CompiledStep(string From, string Owner, string Member, bool IsHandedOn);
